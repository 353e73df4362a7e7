"""Treasury.vy: what passed questions take from the funds."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.money.account import AccountKind
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Hash32, keccak256
from ledger.system import SystemContract
from ledger.voting.question import AllocationRule, Budget, EffectKind, Option
from tests.contracts.chain import Reverted, mock
from tests.contracts.founding import STRANGER, TREASURER
from tests.contracts.money.town import (
    PARKS,
    PAYEE,
    ROADS,
    Town,
    budget_row,
    make_budget,
    make_options,
    option_rows,
    refused,
)

BENCH = encode_text("bench")
UNKNOWN = Hash32(keccak256(b"no such fund"))
OTHER_KINDS = [kind for kind in EffectKind if kind is not EffectKind.BUDGET]


@pytest.fixture
def rich(town: Town) -> Iterator[Town]:
    """A town with 1,000 in the parks fund."""
    town.anchor(1)
    town.receive(1000)
    return town


def vote(town: Town, question: int, costs: list[int], amount: int, selected: int, **budget: Any) -> tuple[Any, ...]:
    """Have a budget question stand there with its final winners."""
    options, rules = make_options(costs), make_budget(amount, **budget)
    town.ask(question, options, rules)
    town.select(question, selected)
    return options, rules


def test_result__two_winners__each_its_appropriation(rich: Town) -> None:
    options, budget = vote(rich, 5, [100, 200, 300], 500, 0b101)
    sent = rich.appropriate_result(5, options, budget)
    authority = rich.authority(5)
    assert rich.treasury.read("appropriation_count") == 2
    expected = [
        (options[0].label, authority, PARKS, PAYEE, 100, 100),
        (options[2].label, authority, PARKS, PAYEE, 300, 300),
    ]
    assert [rich.treasury.read("appropriation", i) for i in (1, 2)] == expected
    assert rich.treasury.read("fund_balance", PARKS) == 600
    assert rich.held(AccountKind.DECISION, authority) == 0
    assert rich.treasury.read("decision", authority) == (PARKS, rich.passed(5).options, 0)
    names = [name for name, _ in rich.treasury.events(sent)]
    assert names == ["Decided", "Appropriated", "Appropriated"]
    entries = [values for name, values in rich.journal.events(sent) if name == "Entry"]
    assert [e["authority"] for e in entries] == [authority, authority]


@pytest.mark.parametrize("rule", list(AllocationRule))
def test_result__any_rule__read_from_the_contract_that_answers_for_it(rich: Town, rule: AllocationRule) -> None:
    options, budget = make_options([100, 200]), make_budget(500, rule=rule, exclusive=(0b11,))
    rich.ask(5, options, budget)
    is_equal_shares = rule is AllocationRule.EQUAL_SHARES_ADD1
    right, wrong = (rich.equal_shares, rich.allocation) if is_equal_shares else (rich.allocation, rich.equal_shares)
    wrong.send("put", 5, 0b01, True, sender=STRANGER)
    with refused("treasury: allocation not final"):
        rich.appropriate_result(5, options, budget)
    right.send("put", 5, 0b10, True, sender=STRANGER)
    rich.appropriate_result(5, options, budget)
    assert rich.treasury.read("appropriation", 1)[4] == 200


def test_result__winners_known_but_not_final__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [100], 500, 1)
    rich.allocation.send("put", 5, 1, False, sender=STRANGER)
    with refused("treasury: allocation not final"):
        rich.appropriate_result(5, options, budget)


def test_result__allocation_of_another_ballots__refused(rich: Town) -> None:
    """Its question of the same id is another question, so its winners are others."""
    options, budget = vote(rich, 5, [100], 500, 1)
    stale = rich.chain.deploy(mock("winners_known"), SystemContract.ROLL.address)
    stale.send("put", 5, 1, True, sender=STRANGER)
    data = rich.directory.abi.encode_call("install", encode_text("Allocation"), stale.address, 0)
    kind = EffectKind.ENTRENCHED.value
    rich.questions.send("run", 1, kind, rich.directory.address, data, sender=STRANGER)
    with refused("treasury: allocation of another version of Ballots"):
        rich.appropriate_result(5, options, budget)


@pytest.mark.parametrize(
    "change",
    [
        lambda o: o[:-1],
        lambda o: [o[1], o[0]],
        lambda o: [o[0], Option(o[1].label, o[1].cost + 1, o[1].payee)],
        lambda o: [o[0], Option(o[1].label, o[1].cost, keccak256(b"treasurer's friend"))],
        lambda o: [*o, o[0]],
        lambda o: [],
    ],
)
def test_result__other_options__refused(rich: Town, change: Any) -> None:
    options, budget = vote(rich, 5, [100, 200], 500, 0b11)
    with refused("treasury: not the options of the question"):
        rich.appropriate_result(5, change(options), budget)


@pytest.mark.parametrize(
    "field",
    [
        {"amount": 501},
        {"threshold": 1},
        {"ties": 1},
        {"exclusive": (3,)},
        {"rule": AllocationRule.GREEDY_NO_SKIP},
        {"fund": ROADS},
    ],
)
def test_result__other_budget__refused(rich: Town, field: dict[str, Any]) -> None:
    options, budget = vote(rich, 5, [100, 200], 500, 0b11)
    fields = {"rule": budget.rule, "fund": budget.fund, "amount": budget.amount} | field
    with refused("treasury: not the budget of the question"):
        rich.appropriate_result(5, options, Budget(**fields))


def test_result__effect_of_another_question__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [100], 500, 1)
    with refused("treasury: not the options of the question"):
        rich.appropriate_result(6, options, budget)


def test_result__fund_of_the_budget_unknown__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [100], 500, 1, fund=UNKNOWN)
    with refused("treasury: unknown fund"):
        rich.appropriate_result(5, options, budget)


def test_result__over_the_fund__refused_with_both_numbers(rich: Town) -> None:
    options, budget = vote(rich, 5, [600, 401], 2000, 0b11)
    with refused("treasury: 1001 over the fund's 1000"):
        rich.appropriate_result(5, options, budget)
    assert rich.treasury.read("appropriation_count") == 0


def test_result__all_of_the_fund__accepted(rich: Town) -> None:
    options, budget = vote(rich, 5, [600, 400], 1000, 0b11)
    rich.appropriate_result(5, options, budget)
    assert rich.treasury.read("fund_balance", PARKS) == 0


def test_result__winners_over_the_budget__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [300, 300], 500, 0b11)
    with refused("treasury: winners cost 600 over the budget 500"):
        rich.appropriate_result(5, options, budget)


def test_result__costs_overflow__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [2**256 - 1, 2**256 - 1], 2**256 - 1, 0b11)
    with pytest.raises(Reverted):
        rich.appropriate_result(5, options, budget)
    options, budget = vote(rich, 6, [2**256 - 1], 2**256 - 1, 1)
    with refused("treasury: amount over 2**127 - 1"):
        rich.appropriate_result(6, options, budget)


def test_result__no_winner_to_pay__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [0, 100], 500, 0b01)
    with refused("treasury: amount of 0"):
        rich.appropriate_result(5, options, budget)


def test_result__winner_of_cost_0__gets_no_appropriation(rich: Town) -> None:
    options, budget = vote(rich, 5, [0, 100], 500, 0b11)
    rich.appropriate_result(5, options, budget)
    assert rich.treasury.read("appropriation_count") == 1
    assert rich.treasury.read("decision", rich.authority(5))[2] == 0


def test_result__twice_for_one_question__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [100], 500, 1)
    rich.appropriate_result(5, options, budget)
    with refused("treasury: question has appropriated before"):
        rich.appropriate_result(5, options, budget)


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_effects__other_kind_of_question__refused(rich: Town, kind: EffectKind) -> None:
    options, budget = vote(rich, 5, [100], 500, 1)
    calls: list[tuple[Any, ...]] = [
        ("appropriate_result", option_rows(options), budget_row(budget)),
        ("appropriate", PARKS, PAYEE, 1, BENCH),
        ("release", 1),
    ]
    for call in calls:
        with refused("authority: other kind of question"):
            rich.execute(5, *call, kind=kind)


@pytest.mark.parametrize("sender", [TREASURER, STRANGER])
def test_effects__not_by_a_ballot__refused(rich: Town, sender: bytes) -> None:
    calls: list[tuple[Any, ...]] = [
        ("appropriate_result", option_rows(make_options([1])), budget_row(make_budget(1))),
        ("appropriate", PARKS, PAYEE, 1, BENCH),
        ("release", 1),
    ]
    for call in calls:
        with refused("authority: not a ballot"):
            rich.treasury.send(*call, sender=sender)


def test_appropriate__yes_no_question__one_appropriation(rich: Town) -> None:
    rich.appropriate(400, question=9)
    assert rich.treasury.read("appropriation", 1) == (BENCH, rich.authority(9), PARKS, PAYEE, 400, 400)
    assert rich.treasury.read("fund_balance", PARKS) == 600


def test_appropriate__twice_for_one_question__refused(rich: Town) -> None:
    rich.appropriate(400, question=9)
    with refused("treasury: question has appropriated before"):
        rich.appropriate(1, question=9)
    rich.appropriate(1, question=10)


def test_appropriate__question_with_a_budget__refused(rich: Town) -> None:
    vote(rich, 5, [100], 500, 1)
    with refused("treasury: question has winners of its own"):
        rich.appropriate(100, question=5)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ((UNKNOWN, PAYEE, 1, BENCH), "unknown fund"),
        ((PARKS, ZERO_HASH, 1, BENCH), "no payee"),
        ((PARKS, PAYEE, 1, ZERO_HASH), "no purpose"),
        ((PARKS, PAYEE, 0, BENCH), "amount of 0"),
        ((PARKS, PAYEE, 1001, BENCH), "1001 over the fund's 1000"),
        ((ROADS, PAYEE, 1, BENCH), "1 over the fund's 0"),
        ((PARKS, PAYEE, 2**256 - 1, BENCH), "amount over 2**127 - 1"),
    ],
)
def test_appropriate__bad_input__refused(rich: Town, call: tuple[Any, ...], reason: str) -> None:
    with refused(f"treasury: {reason}"):
        rich.execute(9, "appropriate", *call)


def test_release__rest__back_to_its_fund(rich: Town) -> None:
    rich.appropriate(400, question=9)
    rich.order(150)
    sent = rich.execute(10, "release", 1)
    assert rich.rest(1) == 0
    assert rich.treasury.read("fund_balance", PARKS) == 850
    assert rich.held(AccountKind.OBLIGATION, rich.own(1)) == 150
    ((_, told),) = rich.treasury.events(sent)
    assert told == {"appropriation": 1, "authority": rich.authority(10), "amount": 250}
    with refused("treasury: appropriation has no rest"):
        rich.execute(11, "release", 1)


@pytest.mark.parametrize("number", [0, 1, 2**256 - 1])
def test_release__unknown_appropriation__refused(rich: Town, number: int) -> None:
    with refused("treasury: no such appropriation"):
        rich.execute(10, "release", number)
    with refused("treasury: no such appropriation"):
        rich.treasury.read("appropriation", number)


def test_pending__all_of_255_win__three_calls_make_all(rich: Town) -> None:
    costs = [3] * 255
    options, budget = vote(rich, 5, costs, 765, 2**255 - 1)
    sent = rich.appropriate_result(5, options, budget)
    authority = rich.authority(5)
    assert rich.treasury.read("appropriation_count") == 100
    assert rich.held(AccountKind.DECISION, authority) == 155 * 3
    assert rich.treasury.read("decision", authority)[2] == (2**255 - 1) ^ (2**100 - 1)
    assert sent.gas < 2**24 - 600_000, "leaves no room for calldata"
    for expected in (200, 255):
        rich.treasury.send("appropriate_pending", authority, option_rows(options), sender=STRANGER)
        assert rich.treasury.read("appropriation_count") == expected
    assert rich.held(AccountKind.DECISION, authority) == 0
    assert rich.treasury.read("appropriation", 255)[0] == options[254].label
    with refused("treasury: no winner without appropriation"):
        rich.treasury.send("appropriate_pending", authority, option_rows(options), sender=STRANGER)


def test_pending__other_options_or_decision__refused(rich: Town) -> None:
    options, budget = vote(rich, 5, [3] * 150, 765, 2**150 - 1)
    rich.appropriate_result(5, options, budget)
    other = [Option(o.label, o.cost, keccak256(b"friend")) for o in options]
    with refused("treasury: not the options of the question"):
        rich.treasury.send("appropriate_pending", rich.authority(5), option_rows(other), sender=STRANGER)
    with refused("treasury: no winner without appropriation"):
        rich.treasury.send("appropriate_pending", rich.authority(6), option_rows(options), sender=STRANGER)
