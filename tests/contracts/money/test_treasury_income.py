"""Treasury.vy: its founding, and income."""

from typing import Any

import pytest

from ledger.money.account import AccountKind
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Hash32, keccak256
from tests.contracts.founding import OFFICER, STRANGER, TREASURER
from tests.contracts.money.town import CURRENCY, FUNDS, PARKS, ROADS, SOURCE, Town, refused

NOWHERE = bytes(20)
UNKNOWN = Hash32(keccak256(b"no such fund"))


def test_found__two_funds__listed_and_empty(town: Town) -> None:
    assert town.treasury.read("fund_count") == 2
    assert tuple(town.treasury.read("funds", i) for i in range(2)) == FUNDS
    assert [town.treasury.read("fund_balance", fund) for fund in FUNDS] == [0, 0]
    assert town.treasury.read("is_fund", PARKS)
    assert not town.treasury.read("is_fund", UNKNOWN)
    assert town.treasury.read("currency") == CURRENCY


@pytest.mark.parametrize(
    ("currency", "funds", "reason"),
    [
        (ZERO_HASH, [PARKS], "no currency"),
        (CURRENCY, [], "no fund"),
        (CURRENCY, [PARKS, ZERO_HASH], "fund without a name"),
        (CURRENCY, [PARKS, ROADS, PARKS], "fund named twice"),
    ],
)
def test_found__bad_arguments__refused(town: Town, currency: bytes, funds: list[bytes], reason: str) -> None:
    with refused(f"treasury: {reason}"):
        town.chain.deploy("Treasury", NOWHERE, NOWHERE, NOWHERE, NOWHERE, currency, funds)


def test_receive__with_source_and_document__enters_the_fund(town: Town) -> None:
    town.anchor(1)
    sent = town.receive(700)
    assert town.treasury.read("fund_balance", PARKS) == 700
    assert town.treasury.read("fund_balance", ROADS) == 0
    assert town.held(AccountKind.SOURCE, SOURCE) == -700
    assert town.treasury.events(sent) == [
        ("Received", {"fund": PARKS, "source": SOURCE, "evidence": 1, "amount": 700, "treasurer": TREASURER})
    ]
    (_, entry), *_ = town.journal.events(sent)
    assert (entry["purpose"], entry["authority"], entry["evidence"]) == (encode_text("income"), ZERO_HASH, 1)


def test_receive__one_statement_for_two_incomes__both_booked(town: Town) -> None:
    town.anchor(1)
    town.receive(700)
    town.receive(5, ROADS)
    assert [town.treasury.read("fund_balance", fund) for fund in FUNDS] == [700, 5]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 0}, "treasury: amount of 0"),
        ({"amount": 2**127}, "treasury: amount over 2**127 - 1"),
        ({"amount": 2**256 - 1}, "treasury: amount over 2**127 - 1"),
        ({"fund": UNKNOWN}, "treasury: unknown fund"),
        ({"fund": ZERO_HASH}, "treasury: unknown fund"),
        ({"source": ZERO_HASH}, "treasury: no source"),
        ({"evidence": 0}, "evidence: no such document"),
        ({"evidence": 2}, "evidence: no such document"),
        ({"evidence": 2**256 - 1}, "evidence: no such document"),
    ],
)
def test_receive__bad_input__refused(town: Town, change: dict[str, Any], reason: str) -> None:
    town.anchor(1)
    with refused(reason):
        town.receive(**({"amount": 700} | change))
    assert town.journal.read("entry_count") == 0


@pytest.mark.parametrize("status", [2, 3])
def test_receive__document_withheld_or_lost__refused(town: Town, status: int) -> None:
    town.anchor(1)
    town.evidence.send("set_status", 1, status, encode_text("court"), "sealed", sender=TREASURER)
    with refused("treasury: evidence not available"):
        town.receive(700)


@pytest.mark.parametrize("sender", [OFFICER, STRANGER])
def test_receive__not_a_treasurer__refused(town: Town, sender: bytes) -> None:
    town.anchor(1)
    with refused("duties: caller lacks the duty"):
        town.treasury.send("receive", PARKS, 700, SOURCE, 1, sender=sender)


def test_fund_balance__unknown_fund__refused(town: Town) -> None:
    with refused("treasury: unknown fund"):
        town.treasury.read("fund_balance", UNKNOWN)
