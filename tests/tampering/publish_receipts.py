"""Writes the published receipts, of three ledgers founded for it: `python -m tests.tampering.publish_receipts`."""

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger.errors import LedgerError
from ledger.primitives import Timestamp, to_hex
from ledger.proofs.anchor import Anchor, decode_anchor
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.verdict import Verdict, check_receipt
from tests.tampering import receipt_kinds_of_office, receipt_kinds_of_proofs
from tests.tampering.publish import FOLDER, apply_edits, find_edits
from tests.tampering.receipt_kinds import RECEIPT_KINDS, REFUSED
from tests.tampering.receipts import Bases, Given, open_bases

# Importing them is what lists their kinds.
assert all(module.__doc__ for module in (receipt_kinds_of_office, receipt_kinds_of_proofs))

RECEIPTS = FOLDER / "receipts"
RECEIPT_LIST = FOLDER / "receipts.json"


def say(given: Given) -> dict[str, Any]:
    """What our own verifier says, in the members of a row."""
    try:
        verdict = check_receipt(
            decode_receipt(given.data), given.anchor, now=Timestamp(given.now), trusted=given.trusted
        )
    except LedgerError:
        return {"verdict": REFUSED, "cause": "form", "final": False, "height": None, "vouched": []}
    return said_of(verdict)


def said_of(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.standing.value,
        "cause": verdict.cause.value if verdict.cause else "",
        "final": verdict.is_final,
        "height": verdict.height,
        "vouched": [to_hex(witness) for witness in verdict.witnesses],
    }


def _reader(given: Given) -> dict[str, Any]:
    anchor = "" if given.anchor is None else given.anchor.text
    return {"anchor": anchor, "trusted": [to_hex(witness) for witness in given.trusted], "now": given.now}


def given_of(row: dict[str, Any], data: bytes) -> Given:
    """What a row of the list gives to a verifier."""
    anchor: Anchor | None = decode_anchor(row["anchor"]) if row["anchor"] else None
    return Given(data, anchor, tuple(bytes.fromhex(text[2:]) for text in row["trusted"]), row["now"])  # type: ignore[misc]


def good_rows(bases: Bases) -> list[dict[str, Any]]:
    rows = []
    for name, receipt in bases.receipts.items():
        given = Given(encode_receipt(receipt), bases.anchors[name])
        rows.append({"name": name, "file": f"receipts/{name}.json", **_reader(given), **say(given)})
    return rows


def tampered_rows(bases: Bases) -> list[dict[str, Any]]:
    """A row for each kind, with what it must be judged. Fails where our own verifier says something else."""
    rows = []
    for tampering in RECEIPT_KINDS:
        given, good = tampering.make(bases.draft(tampering.base)), encode_receipt(bases.receipts[tampering.base])
        said, expected = say(given), (tampering.verdict, tampering.cause)
        if (said["verdict"], said["cause"]) != expected:
            raise SystemExit(f"{tampering.name}: {said}, expected {expected}")
        edits = find_edits(good, given.data)
        if apply_edits(good, edits) != given.data:
            raise SystemExit(f"{tampering.name}: its edits do not give it")
        facts = {"name": tampering.name, "about": tampering.about, "base": tampering.base, **said, **_reader(given)}
        rows.append({**facts, "sha256": sha256(given.data).hexdigest(), "edits": edits})
    return rows


def write_receipts() -> None:
    """Make all of them anew: other foundings, other keys, the same kinds."""
    RECEIPTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, open_bases(Path(name)) as bases:
        good, tampered = good_rows(bases), tampered_rows(bases)
        for base, receipt in bases.receipts.items():
            (RECEIPTS / f"{base}.json").write_bytes(encode_receipt(receipt))
    rows = {"good": good, "tampered": tampered}
    text = ",\n".join(f'"{part}": [\n' + ",\n".join(map(json.dumps, rows[part])) + "\n]" for part in rows)
    RECEIPT_LIST.write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    write_receipts()
