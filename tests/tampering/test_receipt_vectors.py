"""Tampered receipts: our own verifier says of each what is stated, of those published and of those made now."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.proofs.cause import Cause
from tests.tampering.publish import FOLDER, apply_edits
from tests.tampering.publish_receipts import RECEIPT_LIST, given_of, good_rows, say, tampered_rows
from tests.tampering.receipt_kinds import RECEIPT_KINDS
from tests.tampering.receipts import open_bases

LISTED: dict[str, list[dict[str, Any]]] = json.loads(RECEIPT_LIST.read_text())
GOOD = {row["name"]: row for row in LISTED["good"]}
SAID = ("verdict", "cause", "final", "height", "vouched")
LEAST_KINDS = 25


def read_good(name: str) -> bytes:
    return (FOLDER / GOOD[name]["file"]).read_bytes()


def stated(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in SAID}


def test_vectors__are_those_of_the_kinds__and_cover_every_cause() -> None:
    listed = [(row["name"], row["base"], row["verdict"], row["cause"], row["about"]) for row in LISTED["tampered"]]
    assert listed == [(kind.name, kind.base, kind.verdict, kind.cause, kind.about) for kind in RECEIPT_KINDS]
    assert len({kind.name for kind in RECEIPT_KINDS}) == len(RECEIPT_KINDS) >= LEAST_KINDS
    assert {kind.cause for kind in RECEIPT_KINDS} - {""} == {cause.value for cause in Cause}


@pytest.mark.parametrize("name", GOOD)
def test_good_vector__is_judged_as_stated(name: str) -> None:
    row = GOOD[name]
    assert say(given_of(row, read_good(name))) == stated(row)
    assert row["cause"] == ""


@pytest.mark.parametrize("row", LISTED["tampered"], ids=lambda row: row["name"])
def test_tampered_vector__is_judged_as_stated(row: dict[str, Any]) -> None:
    data = apply_edits(read_good(row["base"]), row["edits"])
    assert sha256(data).hexdigest() == row["sha256"]
    assert say(given_of(row, data)) == stated(row)


def test_kinds__made_of_new_ledgers__are_judged_as_those_published(tmp_path: Path) -> None:
    with open_bases(tmp_path) as bases:
        good, tampered = good_rows(bases), tampered_rows(bases)
    assert [(row["name"], row["verdict"]) for row in good] == [(name, row["verdict"]) for name, row in GOOD.items()]
    assert [(row["name"], row["verdict"], row["cause"]) for row in tampered] == [
        (row["name"], row["verdict"], row["cause"]) for row in LISTED["tampered"]
    ]
