"""Misconduct as a file.

One file, UTF-8 JSON, bytes as `0x` hex; unknown members are refused.

```
{"format": "ortaq misconduct 2", "founding": "0x..", "code": "equivocation", "detail": "..",
 "sealers": {"kind": 1, "members": [["0x..", 1]]}, "handovers": [...], "recovery": null,
 "blocks": [{"header": "0x..", "seal": "0x..", "transactions": ["0x..", ...]}, ...]}
```
`sealers` are those in force before the blocks; `handovers`, as in receipts, lead to them from any older anchor;
`recovery` are the terms by which recovery keys sealed one of the blocks, as `succession` of a handover. Format 1 has
neither.
"""

import json
from typing import Any

from ledger.json_text import parse_json
from ledger.primitives import Address, Hash32, to_hex
from ledger.proofs.handover import Handover, RecoveryProof
from ledger.proofs.handover_json import handover_record, read_handover, read_recovery, recovery_record
from ledger.proofs.misconduct import PAIRS, Misconduct, MisconductError, SignedBlock
from ledger.proofs.seal import SealError, SealerSet, SealKind, sealer_set
from ledger.proofs.strict_json import Members, ReceiptError, read_enum, read_hex, read_object
from ledger.proofs.succession import RecoveryError

FORMAT = "ortaq misconduct 2"
FORMER = "ortaq misconduct 1"
MAX_BYTES = 1 << 26


def encode_misconduct(evidence: Misconduct) -> bytes:
    """Write the file."""
    members = [[to_hex(address), power] for address, power in evidence.sealers.members]
    record = {
        "format": FORMAT,
        "founding": to_hex(evidence.founding),
        "code": evidence.code,
        "detail": evidence.detail,
        "sealers": {"kind": int(evidence.sealers.kind), "members": members},
        "blocks": [
            {"header": to_hex(b.header), "seal": to_hex(b.seal), "transactions": [to_hex(t) for t in b.transactions]}
            for b in evidence.blocks
        ],
        "handovers": [handover_record(handover) for handover in evidence.handovers],
        "recovery": recovery_record(evidence.recovery),
    }
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def decode_misconduct(data: bytes) -> Misconduct:
    """Read a file. Errors: MisconductError."""
    if len(data) > MAX_BYTES:
        raise MisconductError(f"misconduct: {len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        root = Members(parse_json(data, read_object), "misconduct")
        if (found := root.take("format", str)) not in (FORMAT, FORMER):
            raise MisconductError(f"misconduct.format: {found[:60]!r}, expected {FORMAT!r}")
        handovers, recovery = _read_office(root) if found == FORMAT else ((), None)
        evidence = Misconduct(
            founding=Hash32(root.take_hex("founding", 32)),
            code=root.take("code", str),
            detail=root.take("detail", str),
            sealers=_read_sealers(root.read("sealers", lambda value: Members(value, "misconduct.sealers"))),
            blocks=tuple(_read_block(row) for row in root.take("blocks", list)),
            handovers=handovers,
            recovery=recovery,
        )
        root.done()
    except (ReceiptError, SealError, RecoveryError, ValueError) as error:
        raise MisconductError(str(error).replace("receipt:", "misconduct:", 1)) from error
    expected = 2 if evidence.code in PAIRS else 1
    if len(evidence.blocks) != expected:
        raise MisconductError(f"misconduct.blocks: {len(evidence.blocks)}, expected {expected}")
    return evidence


def _read_office(root: Members) -> tuple[tuple[Handover, ...], RecoveryProof | None]:
    rows = root.take("handovers", list)
    return tuple(read_handover(row) for row in rows), root.read("recovery", read_recovery)


def _read_sealers(members: Members) -> SealerSet:
    kind = members.read("kind", lambda value: read_enum(SealKind, value, "misconduct.sealers.kind"))
    rows = [_read_member(row) for row in members.take("members", list)]
    members.done()
    return sealer_set(kind, rows)


def _read_member(row: Any) -> tuple[Address, int]:
    if not isinstance(row, list) or len(row) != 2 or type(row[1]) is not int or not 0 < row[1] < 2**63:
        raise MisconductError("misconduct.sealers.members: expected rows of an address and a power")
    return Address(read_hex(row[0], "misconduct.sealers.members", 20)), row[1]


def _read_block(row: Any) -> SignedBlock:
    members = Members(row, "misconduct.blocks")
    transactions = [read_hex(raw, "misconduct.transactions") for raw in members.take("transactions", list)]
    block = SignedBlock(members.take_hex("header"), members.take_hex("seal"), tuple(transactions))
    members.done()
    return block
