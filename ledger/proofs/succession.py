"""Succession: recovery keys seal one block that names another sequencer (formats.md, 7 and 8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coincurve import PrivateKey

from ledger.chain.header import Header
from ledger.errors import BadInputError
from ledger.primitives import ZERO_ADDRESS, Address, Hash32, Height, Timestamp, to_hex
from ledger.proofs.seal import Seal, SealError, SealerSet, SealKind, validate_seal
from ledger.secp256k1 import recover_address, sign_digest
from ledger.system import SystemContract
from ledger.tagged import hash_words, tag_of

SEAL_TAG = tag_of("ortaq/seal/succession/1")
RECOVERY_TAG = tag_of("ortaq/recovery/1")
MAX_KEYS = 32
SIGNATURE_LENGTH = 65


class RecoveryError(BadInputError):
    """Recovery terms that contradict themselves."""

    type = "bad-recovery"


@dataclass(frozen=True, slots=True)
class Recovery:
    """Who may name another sequencer: `threshold` of `keys`, once `silence` seconds have passed without a block.

    Shape   `keys`: ascending, 1 to 32.
    Errors  RecoveryError.
    """

    threshold: int
    silence: int
    keys: tuple[Address, ...]

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= len(self.keys) <= MAX_KEYS:
            raise RecoveryError(
                f"recovery: {self.threshold} of {len(self.keys)} keys, expected 1 to all of at most {MAX_KEYS}"
            )
        if not 0 < self.silence < 2**40:
            raise RecoveryError(f"recovery silence: {self.silence} s, expected 1 to {2**40 - 1}")
        if any(not any(key) for key in self.keys) or list(self.keys) != sorted(set(self.keys)):
            raise RecoveryError("recovery keys: zero, twice or in another order, expected each once, ascending")

    @property
    def hash(self) -> Hash32:
        """What `Permissions` keeps of it in one word."""
        return hash_words(RECOVERY_TAG, self.threshold, self.silence, *self.keys)

    def opens(self, last: Timestamp) -> Timestamp:
        """From which time on a succession may follow a block of time `last`."""
        return Timestamp(last + self.silence)


def succession_digest(chain_id: int, height: int, block_hash: Hash32) -> Hash32:
    """What a recovery key signs."""
    return hash_words(SEAL_TAG, chain_id, height, block_hash)


def sign_succession(chain_id: int, height: int, block_hash: Hash32, key: PrivateKey) -> bytes:
    """A recovery key's signature, 65 bytes."""
    return sign_digest(key, succession_digest(chain_id, height, block_hash))


def make_succession_seal(chain_id: int, height: Height, block_hash: Hash32, signatures: Iterable[bytes]) -> Seal:
    """A seal from signatures in any order. Errors: SignatureError, SealError for a signer who stands twice."""
    digest = succession_digest(chain_id, height, block_hash)
    found = {}
    for signature in signatures:
        signer = recover_address(digest, signature)
        if signer in found:
            raise SealError(f"seal: signed twice by {to_hex(signer)}, expected each key once")
        found[signer] = signature
    if not 0 < len(found) < 256:
        raise SealError(f"seal: {len(found)} signatures, expected 1 to 255")
    body = bytes([len(found)]) + b"".join(found[signer] for signer in sorted(found))
    return Seal(SealKind.SUCCESSION, height, block_hash, body)


def succession_signers(seal: Seal, chain_id: int) -> tuple[Address, ...]:
    """Who signed a succession seal, ascending. Errors: SealError for another form, SignatureError."""
    if seal.kind is not SealKind.SUCCESSION:
        raise SealError(f"seal kind: {seal.kind.name}, expected SUCCESSION")
    count = seal.body[0] if seal.body else 0
    if count == 0 or len(seal.body) != 1 + SIGNATURE_LENGTH * count:
        raise SealError(f"seal body: {len(seal.body)} bytes for {count} signatures, expected 1 and 65 for each")
    digest = succession_digest(chain_id, seal.height, seal.block_hash)
    places = range(1, len(seal.body), SIGNATURE_LENGTH)
    signers = tuple(recover_address(digest, seal.body[i : i + SIGNATURE_LENGTH]) for i in places)
    if list(signers) != sorted(set(signers)):
        raise SealError("seal: signatures in another order or twice, expected each key once, ascending by address")
    return signers


def validate_succession_seal(
    seal: Seal, chain_id: int, height: Height, block_hash: Hash32, recovery: Recovery
) -> tuple[Address, ...]:
    """Check that enough recovery keys sealed this block, and nobody else with them; who signed.

    Errors  SealError names what differs; SignatureError.
    """
    if (seal.height, seal.block_hash) != (height, block_hash):
        raise SealError(
            f"seal: over block {seal.block_hash.hex()} at {seal.height}, expected {block_hash.hex()} at {height}"
        )
    signers = succession_signers(seal, chain_id)
    require_recovery_keys(signers, recovery)
    if len(signers) < recovery.threshold:
        raise SealError(f"seal: {len(signers)} recovery keys, expected at least {recovery.threshold}")
    return signers


def require_recovery_keys(signers: Sequence[Address], recovery: Recovery) -> None:
    """Errors  SealError names the first signer that is no recovery key."""
    for signer in signers:
        if signer not in recovery.keys:
            raise SealError(f"seal: signed by {to_hex(signer)}, expected recovery keys only")


def validate_block_seal(header: Header, seal: Seal, chain_id: int, sealers: SealerSet) -> None:
    """Check the seal of a block that is no succession.

    Shape   `sealers`: those in force before the block. Under one sequencer the fee recipient is zero: consensus
            acts are not for the sequencer to seal.
    Errors  SealError, SignatureError.
    """
    allowed = {ZERO_ADDRESS}
    if sealers.kind is SealKind.COMMIT:
        allowed.add(SystemContract.PERMISSIONS.address)
    if header.fee_recipient not in allowed:
        raise SealError(f"seal: of a block with fee recipient {to_hex(header.fee_recipient)}, which these may not seal")
    validate_seal(seal, chain_id, header.number, header.hash, sealers)


def validate_succession(
    header: Header, seal: Seal, chain_id: int, recovery: Recovery, earlier: Timestamp
) -> tuple[Address, ...]:
    """Check the seal of a succession; who signed.

    Shape   `recovery`: the terms in force before the block; `earlier`: time of the block before, or of an earlier one.
    Errors  SealError, SignatureError.
    """
    if header.fee_recipient != SystemContract.PERMISSIONS.address:
        raise SealError("seal: recovery keys under a block that is no consensus act, expected a succession")
    if header.timestamp < recovery.opens(earlier):
        raise SealError(
            f"seal: a succession of time {header.timestamp}, expected {recovery.opens(earlier)} or later: "
            f"{recovery.silence} s of silence"
        )
    return validate_succession_seal(seal, chain_id, header.number, header.hash, recovery)
