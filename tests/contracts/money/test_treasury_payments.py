"""Treasury.vy: payments and their states."""

from typing import Any

import pytest

from ledger.money.account import AccountKind
from ledger.money.payment import PaymentState
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, keccak256
from tests.contracts.founding import OFFICER, STRANGER, TREASURER
from tests.contracts.money.town import PAYEE, Town, cid, make_budget, make_options, refused

FIRST = encode_text("instalment 1")


@pytest.fixture
def granted(town: Town) -> Town:
    """A town with appropriation 1 of 500, and documents 1 to 4 (1 for the income)."""
    for number in range(1, 5):
        town.anchor(number)
    town.receive(1000)
    town.appropriate(500)
    return town


def test_order__within_the_rest__obligation_to_the_appropriations_payee(granted: Town) -> None:
    sent = granted.order(200, evidence=2)
    assert sent.output == (1,)
    assert granted.rest(1) == 300
    assert granted.held(AccountKind.OBLIGATION, granted.own(1)) == 200
    assert granted.held(AccountKind.PAYEE, PAYEE) == 0
    assert granted.treasury.read("payment", 1) == (1, 200, PaymentState.ORDERED, FIRST, 2, 0, 3)
    assert granted.treasury.read("payment_for", keccak256(cid(2))) == 1
    ((name, told),) = granted.treasury.events(sent)
    assert name == "Ordered"
    assert told == {
        "payment": 1,
        "appropriation": 1,
        "payee": PAYEE,
        "amount": 200,
        "purpose": FIRST,
        "evidence": 2,
        "treasurer": TREASURER,
    }
    (_, entry), *_ = granted.journal.events(sent)
    assert (entry["authority"], entry["purpose"], entry["evidence"]) == (granted.authority(1), FIRST, 2)


def test_order__instalments_up_to_the_amount__then_refused(granted: Town) -> None:
    granted.order(200, evidence=2)
    granted.order(300, evidence=3)
    assert granted.rest(1) == 0
    with refused("treasury: 1 over the rest 0 of appropriation 1"):
        granted.order(1, evidence=4)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 0}, "treasury: amount of 0"),
        ({"amount": 501}, "treasury: 501 over the rest 500 of appropriation 1"),
        ({"amount": 2**256 - 1}, f"treasury: {2**256 - 1} over the rest 500 of appropriation 1"),
        ({"appropriation": 0}, "treasury: no such appropriation"),
        ({"appropriation": 2}, "treasury: no such appropriation"),
        ({"appropriation": 2**256 - 1}, "treasury: no such appropriation"),
        ({"evidence": 0}, "evidence: no such document"),
        ({"evidence": 5}, "evidence: no such document"),
    ],
)
def test_order__bad_input__refused(granted: Town, change: dict[str, Any], reason: str) -> None:
    with refused(reason):
        granted.order(**({"amount": 200, "evidence": 2} | change))
    assert granted.treasury.read("payment_count") == 0


def test_order__without_purpose__refused(granted: Town) -> None:
    with refused("treasury: no purpose"):
        granted.treasury.send("order", 1, 200, ZERO_HASH, 2, sender=TREASURER)


def test_order__document_that_pays_already__refused(granted: Town) -> None:
    granted.order(100, evidence=2)
    with refused("treasury: evidence pays payment 1"):
        granted.order(100, evidence=2)


def test_order__same_document_anchored_again__refused(granted: Town) -> None:
    granted.order(100, evidence=2)
    again = granted.anchor(2)
    with refused("treasury: evidence pays payment 1"):
        granted.order(100, evidence=again)


@pytest.mark.parametrize("status", [2, 3])
def test_order__document_withheld_or_lost__refused(granted: Town, status: int) -> None:
    granted.evidence.send("set_status", 2, status, encode_text("court"), "sealed", sender=TREASURER)
    with refused("treasury: evidence not available"):
        granted.order(100, evidence=2)


def test_order__appropriation_without_payee__refused_but_can_be_released(granted: Town) -> None:
    options, budget = make_options([100], payee=ZERO_HASH), make_budget(100)
    granted.ask(5, options, budget)
    granted.select(5, 1)
    granted.appropriate_result(5, options, budget)
    with refused("treasury: appropriation without a payee"):
        granted.order(100, appropriation=2, evidence=2)
    granted.execute(6, "release", 2)
    assert granted.rest(2) == 0


def test_settle__ordered__payee_has_it(granted: Town) -> None:
    granted.order(200, evidence=2)
    sent = granted.step("settle", 1, 3)
    assert granted.state(1) == PaymentState.SETTLED
    assert granted.treasury.read("payment", 1)[5] == 3
    assert granted.held(AccountKind.OBLIGATION, granted.own(1)) == 0
    assert granted.held(AccountKind.PAYEE, PAYEE) == 200
    told = {"payment": 1, "state": PaymentState.SETTLED, "evidence": 3, "treasurer": TREASURER}
    assert granted.treasury.events(sent) == [("Changed", told)]


def test_settle__one_statement_for_two_payments__both_settled(granted: Town) -> None:
    granted.order(200, evidence=2)
    granted.order(100, evidence=3)
    granted.step("settle", 1, 4)
    granted.step("settle", 2, 4)
    assert granted.held(AccountKind.PAYEE, PAYEE) == 300


def test_fail_and_reverse__ordered__money_and_document_free_again(granted: Town) -> None:
    granted.order(200, evidence=2)
    granted.step("fail", 1, 3)
    assert granted.state(1) == PaymentState.FAILED
    assert (granted.rest(1), granted.held(AccountKind.OBLIGATION, granted.own(1))) == (300, 200)
    with refused("treasury: evidence pays payment 1"):
        granted.order(200, evidence=2)
    sent = granted.step("reverse", 1)
    assert granted.state(1) == PaymentState.REVERSED
    assert (granted.rest(1), granted.held(AccountKind.OBLIGATION, granted.own(1))) == (500, 0)
    (_, entry), *_ = granted.journal.events(sent)
    assert entry["reverses"] == granted.treasury.read("payment", 1)[6] == 3
    assert granted.order(200, evidence=2).output == (2,)


def test_reverse__document_lost_meanwhile__still_frees_it(granted: Town) -> None:
    granted.order(200, evidence=2)
    granted.step("fail", 1, 3)
    granted.evidence.send("set_status", 2, 3, ZERO_HASH, "disk", sender=TREASURER)
    granted.step("reverse", 1)
    assert granted.treasury.read("payment_for", keccak256(cid(2))) == 0


@pytest.mark.parametrize(
    ("before", "step", "state", "expected"),
    [
        ((), "reverse", 1, 3),
        (("settle",), "settle", 2, 1),
        (("settle",), "fail", 2, 1),
        (("settle",), "reverse", 2, 3),
        (("fail",), "settle", 3, 1),
        (("fail",), "fail", 3, 1),
        (("fail", "reverse"), "settle", 4, 1),
        (("fail", "reverse"), "fail", 4, 1),
        (("fail", "reverse"), "reverse", 4, 3),
    ],
)
def test_states__any_other_way__refused(
    granted: Town, before: tuple[str, ...], step: str, state: int, expected: int
) -> None:
    granted.order(200, evidence=2)
    for name in before:
        granted.step(name, 1, *([] if name == "reverse" else [3]))
    with refused(f"treasury: payment is in state {state}, expected {expected}"):
        granted.step(step, 1, *([] if step == "reverse" else [4]))
    assert granted.state(1) == state


@pytest.mark.parametrize("step", ["settle", "fail"])
def test_states__outcome_without_document__refused(granted: Town, step: str) -> None:
    granted.order(200, evidence=2)
    for missing in (0, 9):
        with refused("evidence: no such document"):
            granted.step(step, 1, missing)
    granted.evidence.send("set_status", 3, 3, ZERO_HASH, "disk", sender=TREASURER)
    with refused("treasury: evidence not available"):
        granted.step(step, 1, 3)


@pytest.mark.parametrize("number", [0, 1, 2**256 - 1])
def test_states__unknown_payment__refused(granted: Town, number: int) -> None:
    for step, evidence in (("settle", [3]), ("fail", [3]), ("reverse", [])):
        with refused("treasury: no such payment"):
            granted.step(step, number, *evidence)
    with refused("treasury: no such payment"):
        granted.treasury.read("payment", number)


@pytest.mark.parametrize("sender", [OFFICER, STRANGER])
def test_payments__not_a_treasurer__refused(granted: Town, sender: bytes) -> None:
    granted.order(200, evidence=2)
    calls: list[tuple[Any, ...]] = [("order", 1, 1, FIRST, 3), ("settle", 1, 3), ("fail", 1, 3), ("reverse", 1)]
    for call in calls:
        with refused("duties: caller lacks the duty"):
            granted.treasury.send(*call, sender=sender)
