"""Seals: detached signatures over a block, kept beside it, never in it (formats.md, 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from coincurve import PrivateKey

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, Height
from ledger.proofs.comet.body import decode_body, encode_body
from ledger.proofs.comet.commit import SignedHeader, validate_commit
from ledger.proofs.comet.header import chain_name
from ledger.proofs.comet.wire import CommitError
from ledger.secp256k1 import recover_address, sign_digest
from ledger.tagged import hash_words, tag_of


class SealKind(IntEnum):
    """Who vouches: one sequencer, CometBFT's validators, a witness that re-executed the block, or recovery keys."""

    SOLO = 1
    COMMIT = 2
    WITNESS = 3
    SUCCESSION = 4


BY_MANY = frozenset({SealKind.COMMIT, SealKind.SUCCESSION})
"""Seals of which several are good: votes beyond two thirds, keys beyond the threshold may be left out."""
SEAL_TAGS = {SealKind.SOLO: tag_of("ortaq/seal/solo/1"), SealKind.WITNESS: tag_of("ortaq/seal/witness/1")}
SEALERS_TAG = tag_of("ortaq/sealers/1")
HEAD_LENGTH = 1 + 8 + 32


class SealError(BadInputError):
    """Bytes that are no seal, or a seal of a kind that cannot be read here."""

    type = "bad-seal"


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal. Shape: `body` is a 65-byte signature (r, s, parity) for solo and witness seals, else a commit."""

    kind: SealKind
    height: Height
    block_hash: Hash32
    body: bytes

    def encode(self) -> bytes:
        """kind u8, height u64, block hash 32, body."""
        return bytes([self.kind]) + self.height.to_bytes(8, "big") + self.block_hash + self.body

    def signer(self, chain_id: int) -> Address:
        """The address whose key made a solo or witness seal. Errors: SealError, SignatureError."""
        return recover_address(seal_digest(self.kind, chain_id, self.height, self.block_hash), self.body)


@dataclass(frozen=True, slots=True)
class SealerSet:
    """Who may seal: a kind, and addresses with their power. A solo ledger has one address with power 1."""

    kind: SealKind
    members: tuple[tuple[Address, int], ...]

    @property
    def hash(self) -> Hash32:
        """Members count in ascending order of address."""
        return hash_words(SEALERS_TAG, self.kind, *(field for member in sorted(self.members) for field in member))


def seal_digest(kind: SealKind, chain_id: int, height: int, block_hash: Hash32) -> Hash32:
    """What a solo or witness key signs. The tag differs by kind, so that neither passes for the other."""
    if kind not in SEAL_TAGS:
        raise SealError(f"seal kind: {kind.name}, expected SOLO or WITNESS")
    return hash_words(SEAL_TAGS[kind], chain_id, height, block_hash)


def make_seal(kind: SealKind, chain_id: int, height: Height, block_hash: Hash32, key: PrivateKey) -> Seal:
    return Seal(kind, height, block_hash, sign_digest(key, seal_digest(kind, chain_id, height, block_hash)))


def make_commit_seal(height: Height, signed: SignedHeader) -> Seal:
    """The seal of block `height`, whose hash is the app hash of the signed header."""
    return Seal(SealKind.COMMIT, height, signed.header.app_hash, encode_body(signed))


def decode_seal(data: bytes) -> Seal:
    """Read a seal. Errors: SealError."""
    if len(data) < HEAD_LENGTH:
        raise SealError(f"seal: {len(data)} bytes, expected at least {HEAD_LENGTH}")
    try:
        kind = SealKind(data[0])
    except ValueError as error:
        raise SealError(f"seal kind: {data[0]}, expected 1 to 4") from error
    body = data[HEAD_LENGTH:]
    if kind in SEAL_TAGS and len(body) != 65:
        raise SealError(f"seal body: {len(body)} bytes, expected 65")
    return Seal(kind, Height(int.from_bytes(data[1:9], "big")), Hash32(data[9:HEAD_LENGTH]), body)


def validate_seal(seal: Seal, chain_id: int, height: Height, block_hash: Hash32, sealers: SealerSet) -> None:
    """Check that those who may seal this block sealed it: the one sequencer, or validators with more than two thirds.

    Shape   `sealers`: those that the state before the block names, or an anchor.
    Errors  SealError names what differs.
    """
    if seal.kind is not sealers.kind:
        raise SealError(f"seal kind: {seal.kind.name}, expected {sealers.kind.name} as the sealers are")
    if seal.height != height:
        raise SealError(f"seal: of height {seal.height}, expected {height}")
    if seal.kind is SealKind.SOLO:
        validate_solo_seal(seal, chain_id, block_hash, sealers)
    elif seal.kind is SealKind.COMMIT:
        _validate_commit_seal(seal, chain_id, block_hash, sealers)
    else:
        raise SealError(f"seal kind: {seal.kind.name}, expected SOLO or COMMIT")


def _validate_commit_seal(seal: Seal, chain_id: int, block_hash: Hash32, sealers: SealerSet) -> None:
    if seal.block_hash != block_hash:
        raise SealError(f"seal: over block {seal.block_hash.hex()}, expected {block_hash.hex()}")
    try:
        signed = decode_body(seal.body, chain_name(chain_id), block_hash)
        if sealer_set(SealKind.COMMIT, signed.validators.members).hash != sealers.hash:
            raise SealError("seal: by other validators or powers than those that may seal")
        validate_commit(signed)
    except CommitError as error:
        raise SealError(f"seal: {error.detail}") from error


def validate_solo_seal(seal: Seal, chain_id: int, block_hash: Hash32, sealers: SealerSet) -> None:
    """Check that the one sealer of a solo ledger sealed this block.

    Errors  SealError names what differs.
    """
    if seal.kind is not SealKind.SOLO or sealers.kind is not SealKind.SOLO or len(sealers.members) != 1:
        raise SealError(f"seal kind: {seal.kind.name} under {sealers.kind.name} sealers, expected SOLO under one SOLO")
    if seal.block_hash != block_hash:
        raise SealError(f"seal: over block {seal.block_hash.hex()}, expected {block_hash.hex()}")
    signer, expected = seal.signer(chain_id), sealers.members[0][0]
    if signer != expected:
        raise SealError(f"seal: signed by 0x{signer.hex()}, expected 0x{expected.hex()}")


def sealer_set(kind: SealKind, members: Sequence[tuple[Address, int]]) -> SealerSet:
    """A sealer set with its members in canonical order."""
    return SealerSet(kind, tuple(sorted(members)))
