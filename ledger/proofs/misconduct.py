"""Misconduct: sealed blocks that should not be, kept so that anybody with an anchor can check who signed them.

One file, UTF-8 JSON, bytes as `0x` hex; unknown members are refused.

```
{"format": "ortaq misconduct 1", "founding": "0x..", "code": "equivocation", "detail": "..",
 "sealers": {"kind": 1, "members": [["0x..", 1]]},
 "blocks": [{"header": "0x..", "seal": "0x..", "transactions": ["0x..", ...]}, ...]}
```
"""

import json
from dataclasses import dataclass
from typing import Any

from ledger.chain.header import Header, decode_header
from ledger.errors import BadInputError, CannotCheckError, CheckFailedError, LedgerError
from ledger.json_text import parse_json
from ledger.primitives import Address, Hash32, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.seal import SealerSet, SealKind, decode_seal, sealer_set
from ledger.proofs.strict_json import Members, ReceiptError, read_enum, read_hex, read_object
from ledger.proofs.succession import validate_block_seal

FORMAT = "ortaq misconduct 1"
EQUIVOCATION = "equivocation"
MAX_BYTES = 1 << 26


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
    """What sealers did. Shape: `code` is the alarm's; `sealers`: who could seal at that height; one or two blocks."""

    founding: Hash32
    code: str
    detail: str
    sealers: SealerSet
    blocks: tuple[SignedBlock, ...]

    @property
    def chain_id(self) -> int:
        return int.from_bytes(self.founding[:6], "big")


def check_misconduct(evidence: Misconduct, anchor: Anchor | None) -> str:
    """Check who signed; one sentence that says what is proved, and what is not.

    Errors  NoMisconductError; OtherSealersError; CannotCheckError without an anchor, or for blocks before it.
    """
    if anchor is None:
        raise CannotCheckError("misconduct: no trust anchor was given; without one, anybody could be the sealer")
    if evidence.founding != anchor.founding:
        raise OtherSealersError(f"misconduct: of ledger {to_hex(evidence.founding)}, the anchor is of another")
    headers = [_check_block(evidence, block) for block in evidence.blocks]
    if headers[0].number <= anchor.height:
        raise CannotCheckError(
            f"misconduct: at block {headers[0].number}, the anchor speaks of {anchor.height} and later"
        )
    if evidence.sealers.hash != anchor.sealers:
        raise OtherSealersError("misconduct: by other sealers than the anchor names; an anchor of that time is needed")
    names = ", ".join(to_hex(address) for address, _ in evidence.sealers.members)
    if evidence.code != EQUIVOCATION:
        said = f"block {headers[0].number} {to_hex(headers[0].hash)} is sealed by {names}"
        return f"{said}; that it breaks a rule ({evidence.code}), only executing it shows"
    first, second = headers
    if first.number != second.number or first.hash == second.hash:
        raise NoMisconductError("misconduct: two seals over one block or of two heights, expected two blocks of one")
    return f"at height {first.number}, {names} sealed both {to_hex(first.hash)} and {to_hex(second.hash)}"


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
    }
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def decode_misconduct(data: bytes) -> Misconduct:
    """Read a file. Errors: MisconductError."""
    if len(data) > MAX_BYTES:
        raise MisconductError(f"misconduct: {len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        root = Members(parse_json(data, read_object), "misconduct")
        if (found := root.take("format", str)) != FORMAT:
            raise MisconductError(f"misconduct.format: {found[:60]!r}, expected {FORMAT!r}")
        evidence = Misconduct(
            founding=Hash32(root.take_hex("founding", 32)),
            code=root.take("code", str),
            detail=root.take("detail", str),
            sealers=_read_sealers(root.read("sealers", lambda value: Members(value, "misconduct.sealers"))),
            blocks=tuple(_read_block(row) for row in root.take("blocks", list)),
        )
        root.done()
    except (ReceiptError, ValueError) as error:
        raise MisconductError(str(error).replace("receipt:", "misconduct:", 1)) from error
    expected = 2 if evidence.code == EQUIVOCATION else 1
    if len(evidence.blocks) != expected:
        raise MisconductError(f"misconduct.blocks: {len(evidence.blocks)}, expected {expected}")
    return evidence


def _check_block(evidence: Misconduct, block: SignedBlock) -> Header:
    try:
        header, seal = decode_header(block.header), decode_seal(block.seal)
        validate_block_seal(header, seal, evidence.chain_id, evidence.sealers)
    except LedgerError as error:
        raise NoMisconductError(f"misconduct: {error.detail}") from error
    return header


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
