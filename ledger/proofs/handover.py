"""Handovers: how a reader who trusts one sealer set comes to trust the next (formats.md, 10)."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.chain.header import BadHeaderError, Header, decode_header
from ledger.chain.timing import is_too_early
from ledger.errors import CheckFailedError
from ledger.ports import AccountProof
from ledger.primitives import Hash32, Height, Timestamp, to_hex
from ledger.proofs.seal import Seal, SealerSet, SealKind
from ledger.proofs.slots import RECOVERY_SLOT, SEALERS_SLOT
from ledger.proofs.storage import verify_proof
from ledger.proofs.succession import Recovery, validate_block_seal, validate_succession
from ledger.system import SystemContract

FIXED = (
    "uncles_hash",
    "difficulty",
    "prev_randao",
    "nonce",
    "base_fee_per_gas",
    "withdrawals_root",
    "blob_gas_used",
    "excess_blob_gas",
    "parent_beacon_block_root",
)
"""Fields of a header that have one value in every block of a ledger, the default of `Header`."""


class HandoverError(CheckFailedError):
    """A handover that does not lead from the sealers that a reader trusts to other ones."""

    type = "bad-handover"


@dataclass(frozen=True, slots=True)
class SealedHeader:
    """A header in RLP, its seal, and the sealers in force before it."""

    header: bytes
    seal: Seal
    sealers: SealerSet


@dataclass(frozen=True, slots=True)
class RecoveryProof:
    """Recovery terms, proved in the state after a block that the sealers in force vouch for.

    Shape   `seal`: None where the block is the founding's.
    """

    header: bytes
    seal: Seal | None
    permissions: AccountProof
    recovery: Recovery


@dataclass(frozen=True, slots=True)
class Handover:
    """A block after which other sealers are in force.

    Shape   `permissions`: proof of their hash in the block's state. `succession`: who sealed it where the sealers in
            force did not.
    """

    block: SealedHeader
    permissions: AccountProof
    succession: RecoveryProof | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a reader trusts: a block, and the hash of the sealers in force after it."""

    height: Height
    block_hash: Hash32
    sealers: Hash32


def follow_handovers(
    handovers: Iterable[Handover], chain_id: int, trusted: Trusted, now: Timestamp | None = None
) -> Trusted:
    """Go from what a reader trusts to the last handover; those that are not newer are passed over.

    Shape   `now`: the reader's time, so that recovery keys cannot date a block to the end of a silence to come.
    Errors  HandoverError, SealError, SignatureError, ProofError, BadHeaderError name what does not hold.
    """
    first, last = trusted.height, -1
    for handover in handovers:
        header = decode_sealed_header(handover.block.header)
        if header.number <= last:
            raise HandoverError(f"handover: block {header.number} after block {last}, expected ascending ones")
        last = header.number
        if header.number <= first:
            continue
        if handover.succession is not None and now is not None and is_too_early(header.timestamp, now):
            raise HandoverError(f"handover: a succession of time {header.timestamp}, expected none after {now}")
        trusted = _follow(handover, header, chain_id, trusted)
    return trusted


def decode_sealed_header(data: bytes) -> Header:
    """A header as every block of a ledger has it. Errors: BadHeaderError."""
    header = decode_header(data)
    for name in FIXED:
        if getattr(header, name) != getattr(Header, name):
            raise BadHeaderError(f"header {name}: another value than every block of a ledger has")
    return header


def _follow(handover: Handover, header: Header, chain_id: int, trusted: Trusted) -> Trusted:
    block = handover.block
    if block.sealers.hash != trusted.sealers:
        raise HandoverError(f"handover: block {header.number} is not of the sealers in force")
    if handover.succession is None:
        validate_block_seal(header, block.seal, chain_id, block.sealers)
    else:
        check_succession(handover.succession, header, block, chain_id, trusted)
    sealers = _proved(handover.permissions, SEALERS_SLOT, header)
    return Trusted(header.number, header.hash, Hash32(sealers.to_bytes(32, "big")))


def check_succession(
    proof: RecoveryProof, header: Header, block: SealedHeader, chain_id: int, trusted: Trusted
) -> None:
    """Recovery keys, which the sealers in force vouch for, sealed the block after a silence.

    Errors  HandoverError, SealError, SignatureError, ProofError, BadHeaderError.
    """
    if block.sealers.kind is not SealKind.SOLO:
        raise HandoverError("handover: a succession of validators, expected one of a sequencer")
    earlier = decode_sealed_header(proof.header)
    if not trusted.height <= earlier.number < header.number:
        raise HandoverError(
            f"handover: recovery keys of block {earlier.number}, expected from {trusted.height} to {header.number - 1}"
        )
    if earlier.hash != trusted.block_hash:
        if proof.seal is None or earlier.number == trusted.height:
            raise HandoverError(f"handover: block {earlier.number} is none that the sealers in force vouch for")
        validate_block_seal(earlier, proof.seal, chain_id, block.sealers)
    stored = _proved(proof.permissions, RECOVERY_SLOT, earlier)
    if stored.to_bytes(32, "big") != proof.recovery.hash:
        raise HandoverError(f"handover: recovery terms are not those of block {earlier.number}")
    validate_succession(header, block.seal, chain_id, proof.recovery, earlier.timestamp)


def _proved(proof: AccountProof, slot: int, header: Header) -> int:
    """The word of Permissions that a proof is of. Errors: HandoverError for another place, ProofError."""
    address = SystemContract.PERMISSIONS.address
    if proof.address != address or [place for place, _, _ in proof.storage] != [slot]:
        raise HandoverError(f"handover: a proof of another place, expected slot {slot:#x} of {to_hex(address)}")
    verify_proof(proof, header.state_root)
    return proof.storage[0][1]
