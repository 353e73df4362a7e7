"""LongBallots, the part of Ballots that stands apart: what Ballots relies on when it runs that code."""

from typing import Any

import pytest

from ledger.artifacts import load_artifact
from ledger.system import SystemContract
from ledger.voting.ballot import domain_separator
from ledger.voting.form import BallotKind, Form
from tests.contracts.chain import Reverted, account
from tests.contracts.founding import STRANGER
from tests.contracts.voting.ballot_box import BallotBox, cast_beside_the_model, raw_record

LONG = Form(BallotKind.APPROVAL, 255, 0, 255)
CHANGING_OPCODES = {
    "CREATE": 0xF0,
    "CALL": 0xF1,
    "CALLCODE": 0xF2,
    "DELEGATECALL": 0xF4,
    "CREATE2": 0xF5,
    "SELFDESTRUCT": 0xFF,
}


def opcodes(code: bytes) -> set[int]:
    """Of straight code: what follows a PUSH is data."""
    found, at = set(), 0
    while at < len(code):
        found.add(code[at])
        at += 1 + max(0, code[at] - 0x5F) * (code[at] <= 0x7F)
    return found


def modules(name: str) -> dict[str, Any]:
    """Slots by module; what is the contract's own left out."""
    return {module: place for module, place in load_artifact(name)["storage"].items() if "slot" not in place}


def test_storage__modules__are_where_ballots_has_them() -> None:
    here, there = modules("LongBallots"), modules("Ballots")
    assert {"questions", "tallies", "lanes"} <= set(here)
    assert {module: there[module] for module in here} == here


def test_storage__of_its_own__is_none() -> None:
    storage = load_artifact("LongBallots")["storage"]
    assert set(storage) == set(modules("LongBallots"))
    assert load_artifact("LongBallots")["transient"] == {}


def test_entries__all__are_the_one_that_ballots_forwards() -> None:
    assert list(load_artifact("LongBallots")["methods"]) == ["cast(uint256,bytes)"]
    assert load_artifact("LongBallots")["methods"].items() <= load_artifact("Ballots")["methods"].items()


def test_code__nothing__calls_creates_or_destroys() -> None:
    code = bytes.fromhex(load_artifact("LongBallots")["runtime"][2:])
    assert not opcodes(code) & set(CHANGING_OPCODES.values())


def test_cast__called_directly__reverts_and_writes_nothing(box: BallotBox) -> None:
    question = box.open(LONG)
    part = box.chain.deploy(
        "LongBallots", box.constitution.address, account("nobody"), box.membership.address, box.roll.address
    )
    record = raw_record(box.sign(question, 1, 1, bytes(31) + b"\x01"))
    with pytest.raises(Reverted, match="ballots: unknown question"):
        part.send("cast", question.id, record, sender=STRANGER)


def test_cast__long_ballot__is_signed_for_ballots_and_logged_by_it(box: BallotBox) -> None:
    question = box.open(LONG)
    good = box.sign(question, 1, 1, bytes(31) + b"\x01")
    ours, box.domain = box.domain, domain_separator(box.chain_id, SystemContract.LONG_BALLOTS.address)
    foreign = box.sign(question, 2, 1, bytes(31) + b"\x01")
    box.domain = ours
    assert cast_beside_the_model(box, question, [good, foreign]) == [True, False]


def test_cast__long_ballots_none_of_which_counts__reverts_with_the_reason(box: BallotBox) -> None:
    question = box.open(LONG)
    with pytest.raises(Reverted, match="ballots: nothing counts"):
        box.cast(question, [box.sign(question, 1, 1, bytes(31) + b"\x01", by=2)])


def test_deploy__part_without_code__is_refused(box: BallotBox) -> None:
    asked = (box.constitution.address, account("permissions"), box.membership.address, box.roll.address)
    with pytest.raises(Reverted, match="ballots: no contract there"):
        box.chain.deploy("Ballots", *asked, account("nobody"))
