"""Misconduct: sealed blocks that should not be, kept so that anybody with an anchor can check who signed them."""

from dataclasses import dataclass

from ledger.chain.header import Header, decode_header
from ledger.errors import BadInputError, CannotCheckError, CheckFailedError, LedgerError
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.handover import Handover, RecoveryProof, SealedHeader, Trusted, check_succession, follow_handovers
from ledger.proofs.seal import SealerSet, SealKind, decode_seal
from ledger.proofs.succession import succession_signers, validate_block_seal

EQUIVOCATION = "equivocation"
"""The sealers in force sealed two blocks of one height."""
SUCCESSION_FORK = "succession-fork"
"""Recovery keys sealed one of two blocks of one height; the sequencer, or recovery keys again, sealed the other."""
PAIRS = (EQUIVOCATION, SUCCESSION_FORK)
"""Codes of evidence that is two blocks."""


class MisconductError(BadInputError):
    """A file that holds no evidence of misconduct; `detail` names the member."""

    type = "bad-misconduct"


class NoMisconductError(CheckFailedError):
    """Evidence that does not show what it says: a seal does not hold, or two blocks do not contradict each other."""

    type = "no-misconduct"


class OtherSealersError(CannotCheckError):
    """Evidence against sealers that the anchor does not name: another ledger, or another time."""

    type = "other-sealers"


@dataclass(frozen=True, slots=True)
class SignedBlock:
    """A block as it was shown.

    Shape   `header` in RLP; `transactions` in EIP-2718 bytes, empty where two seals say all.
    """

    header: bytes
    seal: bytes
    transactions: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Misconduct:
    """What sealers did.

    Shape   `code` is the alarm's; `sealers`: who could seal at that height; one or two blocks; `handovers`: how they
            came into office; `recovery`: proved terms, where recovery keys sealed one of the blocks.
    """

    founding: Hash32
    code: str
    detail: str
    sealers: SealerSet
    blocks: tuple[SignedBlock, ...]
    handovers: tuple[Handover, ...] = ()
    recovery: RecoveryProof | None = None

    @property
    def chain_id(self) -> int:
        return int.from_bytes(self.founding[:6], "big")


def check_misconduct(evidence: Misconduct, anchor: Anchor | None) -> str:
    """Check who signed, from an anchor of any time before; one sentence that says what is proved, and what is not.

    Errors  NoMisconductError; OtherSealersError; CannotCheckError without an anchor, or for blocks before it.
    """
    if anchor is None:
        raise CannotCheckError("misconduct: no trust anchor was given; without one, anybody could be the sealer")
    if evidence.founding != anchor.founding:
        raise OtherSealersError(f"misconduct: of ledger {to_hex(evidence.founding)}, the anchor is of another")
    headers = [_read_header(block) for block in evidence.blocks]
    height = headers[0].number
    if height <= anchor.height:
        raise CannotCheckError(f"misconduct: at block {height}, the anchor speaks of {anchor.height} and later")
    trusted = _follow(evidence, anchor, height)
    signers = [
        _check_seal(evidence, block, header, trusted) for block, header in zip(evidence.blocks, headers, strict=True)
    ]
    if evidence.code not in PAIRS:
        said = f"block {height} {to_hex(headers[0].hash)} is sealed by {signers[0]}"
        return f"{said}; that it breaks a rule ({evidence.code}), only executing it shows"
    return _check_pair(evidence, headers, signers)


def _check_pair(evidence: Misconduct, headers: list[Header], signers: list[str]) -> str:
    (first, second), kinds = headers, {decode_seal(block.seal).kind for block in evidence.blocks}
    if first.number != second.number or first.hash == second.hash:
        raise NoMisconductError("misconduct: two seals over one block or of two heights, expected two blocks of one")
    if (SealKind.SUCCESSION in kinds) != (evidence.code == SUCCESSION_FORK):
        raise NoMisconductError(f"misconduct: seals of kinds {sorted(kinds)}, which {evidence.code} does not name")
    if evidence.code == EQUIVOCATION:
        return f"at height {first.number}, {signers[0]} sealed both {to_hex(first.hash)} and {to_hex(second.hash)}"
    said = f"at height {first.number}, {signers[0]} sealed {to_hex(first.hash)} and {signers[1]} {to_hex(second.hash)}"
    return f"{said}; who of them sealed too early or too late, this does not show"


def _follow(evidence: Misconduct, anchor: Anchor, height: Height) -> Trusted:
    """From the anchor to the sealers that the evidence names. Errors: OtherSealersError."""
    trusted = Trusted(anchor.height, anchor.block_hash, anchor.sealers)
    try:
        trusted = follow_handovers(evidence.handovers, evidence.chain_id, trusted)
    except LedgerError as error:
        raise OtherSealersError(f"misconduct: its handovers do not lead on from the anchor: {error.detail}") from error
    if height <= trusted.height or evidence.sealers.hash != trusted.sealers:
        raise OtherSealersError(
            "misconduct: by other sealers than those to whom the anchor and the handovers lead; "
            "an anchor of that time is needed"
        )
    return trusted


def _read_header(block: SignedBlock) -> Header:
    try:
        return decode_header(block.header)
    except LedgerError as error:
        raise NoMisconductError(f"misconduct: {error.detail}") from error


def _check_seal(evidence: Misconduct, block: SignedBlock, header: Header, trusted: Trusted) -> str:
    """Who sealed the block. Errors: NoMisconductError."""
    try:
        seal = decode_seal(block.seal)
        if seal.kind is not SealKind.SUCCESSION:
            validate_block_seal(header, seal, evidence.chain_id, evidence.sealers)
            return ", ".join(to_hex(address) for address, _ in evidence.sealers.members)
        sealed = SealedHeader(block.header, seal, evidence.sealers)
        if evidence.recovery is not None:
            check_succession(evidence.recovery, header, sealed, evidence.chain_id, trusted)
            signers = succession_signers(seal, evidence.chain_id)
            return "recovery keys " + ", ".join(map(to_hex, signers))
    except LedgerError as error:
        raise NoMisconductError(f"misconduct: {error.detail}") from error
    raise NoMisconductError("misconduct: a seal of recovery keys, and no terms by which they sealed")
