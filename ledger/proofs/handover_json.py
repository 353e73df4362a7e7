"""Handovers as strict JSON: a member of receipts."""

from typing import Any

from ledger.primitives import Address, to_hex
from ledger.proofs.handover import Handover, RecoveryProof, SealedHeader
from ledger.proofs.proof_json import proof_record, read_proof, read_sealers, sealers_record
from ledger.proofs.seal import Seal, decode_seal
from ledger.proofs.strict_json import Members, read_hex
from ledger.proofs.succession import Recovery


def handover_record(handover: Handover) -> dict[str, Any]:
    block = handover.block
    return {
        "header": to_hex(block.header),
        "seal": to_hex(block.seal.encode()),
        "sealers": sealers_record(block.sealers),
        "permissions": proof_record(handover.permissions),
        "succession": recovery_record(handover.succession),
    }


def read_handover(value: Any) -> Handover:
    """Read one. Errors: ReceiptError, SealError, RecoveryError."""
    members = Members(value, "handovers")
    block = SealedHeader(
        members.take_hex("header"), decode_seal(members.take_hex("seal")), members.read("sealers", read_sealers)
    )
    handover = Handover(
        block,
        members.read("permissions", read_proof("handovers.permissions")),
        members.read("succession", read_recovery),
    )
    members.done()
    return handover


def recovery_record(proof: RecoveryProof | None) -> dict[str, Any] | None:
    """Recovery terms with their proof; None of None."""
    if proof is None:
        return None
    return {
        "header": to_hex(proof.header),
        "seal": None if proof.seal is None else to_hex(proof.seal.encode()),
        "permissions": proof_record(proof.permissions),
        "threshold": proof.recovery.threshold,
        "silence": proof.recovery.silence,
        "keys": [to_hex(key) for key in proof.recovery.keys],
    }


def read_recovery(value: Any) -> RecoveryProof | None:
    """Read them. Errors: ReceiptError, SealError, RecoveryError."""
    if value is None:
        return None
    members = Members(value, "handovers.succession")
    proof = RecoveryProof(
        members.take_hex("header"),
        members.read("seal", _read_seal),
        members.read("permissions", read_proof("handovers.succession.permissions")),
        Recovery(
            members.number("threshold", 2**8),
            members.number("silence", 2**40),
            tuple(Address(read_hex(key, "handovers.succession.keys", 20)) for key in members.take("keys", list)),
        ),
    )
    members.done()
    return proof


def _read_seal(value: Any) -> Seal | None:
    return None if value is None else decode_seal(read_hex(value, "handovers.succession.seal"))
