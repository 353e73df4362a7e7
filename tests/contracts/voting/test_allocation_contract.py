"""Allocation.vy: each guard, and the model beside it."""

from collections.abc import Iterator
from typing import Any

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.interchange.pabulib import Rule, parse_pabulib
from ledger.primitives import ZERO_HASH
from ledger.voting.allocation import allocate
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import AllocationRule, Budget, TieRule
from tests.contracts.gas import snapshot
from tests.contracts.voting.budget_mock import (
    budget_row,
    make_ballots,
    make_options,
    option_rows,
    own_chain,
    put_question,
    settle,
)
from tests.paths import REPOSITORY, pabulib_dir

GREEDY, NO_SKIP = AllocationRule.GREEDY, AllocationRule.GREEDY_NO_SKIP
GAS_PER_TRANSACTION = 2**24
CALLDATA_GAS = 21_000 + 16 * 32 * (3 * 255 + 127 + 20)
"""An upper bound for 255 options and 127 sets; the test environment counts execution alone."""


def approval(options: int) -> Form:
    return Form(BallotKind.APPROVAL, options, 1, options)


@pytest.fixture(scope="module")
def deployed() -> tuple[Any, Any]:
    ballots = make_ballots()
    return boa.load(str(REPOSITORY / "contracts/voting/Allocation.vy"), ballots.address), ballots


@pytest.fixture
def contracts(deployed: tuple[Any, Any]) -> Iterator[tuple[Any, Any]]:
    with boa.env.anchor():
        yield deployed


def run(
    contracts: tuple[Any, Any], costs: list[int], counts: list[int], rules: Budget, form: Form | None = None
) -> Any:
    contract, ballots = contracts
    options = make_options(costs)
    put_question(ballots, 1, form or approval(len(costs)), options, rules, counts=counts)
    contract.allocate(1, option_rows(options), budget_row(rules))
    return contract


def test_allocate__passed_question__stores_winners_and_says_so(contracts: tuple[Any, Any]) -> None:
    contract = run(contracts, [60, 50, 40], [9, 8, 7], Budget(GREEDY, ZERO_HASH, 100))
    (event,) = [log for log in contract.get_logs() if type(log).__name__ == "Allocated"]
    assert (event.id, event.selected, event.spent) == (1, 0b101, 100)
    assert (contract.selected(1), contract.spent(1), contract.is_final(1)) == (0b101, 100, True)
    assert (contract.selected(2), contract.spent(2), contract.is_final(2)) == (0, 0, False)


def test_allocate__second_time__reverts(contracts: tuple[Any, Any]) -> None:
    rules = Budget(GREEDY, ZERO_HASH, 100)
    contract = run(contracts, [60], [9], rules)
    with boa.reverts("allocation: already made"):
        contract.allocate(1, option_rows(make_options([60])), budget_row(rules))


@pytest.mark.parametrize(
    ("kind", "points"),
    [(BallotKind.ORDINAL, {}), (BallotKind.SCORE, {"max_points": 5, "max_sum": 10})],
)
def test_allocate__kind_with_points__ranks_by_points(
    contracts: tuple[Any, Any], kind: BallotKind, points: dict[str, int]
) -> None:
    form = Form(kind, 3, 1, 3, **points)
    contract = run(contracts, [60, 50, 40], [7, 8, 9], Budget(NO_SKIP, ZERO_HASH, 100), form)
    assert contract.selected(1) == 0b110


@pytest.mark.parametrize(("closed", "passed", "said"), [(False, False, "not closed"), (True, False, "not passed")])
def test_allocate__question_that_binds_nothing__reverts(
    contracts: tuple[Any, Any], closed: bool, passed: bool, said: str
) -> None:
    contract, ballots = contracts
    options, rules = make_options([5]), Budget(GREEDY, ZERO_HASH, 10)
    put_question(ballots, 1, approval(1), options, rules, counts=[1], closed=closed, passed=passed)
    with boa.reverts(f"budget: question {said}"):
        contract.allocate(1, option_rows(options), budget_row(rules))


def test_allocate__other_options_or_budget__reverts(contracts: tuple[Any, Any]) -> None:
    contract, ballots = contracts
    options, rules = make_options([5, 6]), Budget(GREEDY, ZERO_HASH, 10)
    put_question(ballots, 1, approval(2), options, rules, counts=[1, 2])
    for others in (make_options([5, 5]), options[:1], options[::-1], []):
        with boa.reverts("budget: not the options of the question"):
            contract.allocate(1, option_rows(others), budget_row(rules))
    for other in (
        Budget(GREEDY, ZERO_HASH, 11),
        Budget(NO_SKIP, ZERO_HASH, 10),
        Budget(GREEDY, ZERO_HASH, 10, 1),
        Budget(GREEDY, ZERO_HASH, 10, 0, TieRule.CHEAPER_THEN_LISTED),
        Budget(GREEDY, ZERO_HASH, 10, exclusive=(3,)),
    ):
        with boa.reverts("budget: not the budget of the question"):
            contract.allocate(1, option_rows(options), budget_row(other))


@pytest.mark.parametrize("id_", [0, 7])
def test_allocate__unknown_question__reverts(contracts: tuple[Any, Any], id_: int) -> None:
    contract, _ = contracts
    with boa.reverts("budget: not the options of the question"):
        contract.allocate(id_, option_rows(make_options([5])), budget_row(Budget(GREEDY, ZERO_HASH, 10)))


def test_allocate__equal_shares__is_left_to_the_other_contract(contracts: tuple[Any, Any]) -> None:
    with boa.reverts("allocation: rule not greedy"):
        run(contracts, [5], [1], Budget(AllocationRule.EQUAL_SHARES_ADD1, ZERO_HASH, 10, step=1))


@pytest.mark.parametrize(
    ("costs", "counts", "said"), [([2**128], [1], "cost too high"), ([1], [2**64], "count too high")]
)
def test_allocate__numbers_over_the_key__revert(
    contracts: tuple[Any, Any], costs: list[int], counts: list[int], said: str
) -> None:
    with boa.reverts(f"allocation: {said}"):
        run(contracts, costs, counts, Budget(GREEDY, ZERO_HASH, 10))


CASES = st.integers(1, 20).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(0, 50), min_size=size, max_size=size),
        st.lists(st.integers(0, 6), min_size=size, max_size=size),
        st.builds(
            Budget,
            st.sampled_from([GREEDY, NO_SKIP]),
            st.just(ZERO_HASH),
            st.integers(0, 300),
            st.integers(0, 4),
            st.sampled_from(TieRule),
            st.lists(st.integers(0, 2**size - 1), max_size=4).map(tuple),
        ),
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CASES)
def test_allocate__anything__equals_the_model(
    contracts: tuple[Any, Any], case: tuple[list[int], list[int], Budget]
) -> None:
    costs, counts, rules = case
    expected = allocate(costs, counts, rules)
    with boa.env.anchor():
        contract = run(contracts, costs, counts, rules)
        assert (contract.selected(1), contract.spent(1)) == (expected.mask, expected.spent)


@pytest.mark.parametrize(
    "name",
    [
        "France_Toulouse_2022_17_-_Mirail-Universite_Reynerie_Bellefontaine",
        "Netherlands_Amsterdam_643",
        "Poland_Gdansk_2020_Rudniki",
        "Poland_Gdynia_2021",
        "Poland_Krakow_2018_Wzgorza_Krzeslawickie",
    ],
)
def test_allocate__official_counts_of_a_town__equals_the_model(contracts: tuple[Any, Any], name: str) -> None:
    path = pabulib_dir() / f"{name}.pb"
    file = parse_pabulib(path.read_bytes(), str(path))
    costs = [project.cost_minor for project in file.projects]
    counts = [project.votes or 0 if project.score is None else project.score for project in file.projects]
    rule = NO_SKIP if file.meta.rule is Rule.GREEDY_NO_SKIP else GREEDY
    rules = Budget(rule, ZERO_HASH, file.meta.budget_minor, file.meta.threshold or 0)
    contract = run(contracts, costs, counts, rules)
    assert contract.selected(1) == allocate(costs, counts, rules).mask
    if file.winners is not None:
        assert contract.selected(1) == sum(1 << option for option in file.winners)


@pytest.mark.parametrize("counts", [range(255), range(255, 0, -1), [i * 97 % 251 for i in range(255)]])
def test_allocate__255_options__fits_in_a_transaction(contracts: tuple[Any, Any], counts: Any) -> None:
    costs = [1000 + i % 13 for i in range(255)]
    sets = tuple(3 << 2 * i for i in range(127))
    rules = Budget(GREEDY, ZERO_HASH, 10**6, 0, TieRule.CHEAPER_THEN_LISTED, sets)
    contract = run(contracts, costs, list(counts), rules)
    assert contract.selected(1) == allocate(costs, list(counts), rules).mask
    assert contract._computation.get_gas_used() + CALLDATA_GAS < GAS_PER_TRANSACTION // 4


@pytest.mark.parametrize("size", [10, 255])
def test_gas__of_a_vote__is_as_noted(size: int) -> None:
    costs, counts = [1000 + i % 13 for i in range(size)], [i * 97 % 251 for i in range(size)]
    options, rules = make_options(costs), Budget(GREEDY, ZERO_HASH, 10**6)
    with own_chain():
        ballots = make_ballots()
        contract = boa.load(str(REPOSITORY / "contracts/voting/Allocation.vy"), ballots.address)
        put_question(ballots, 1, approval(size), options, rules, counts=counts)
        settle()
        contract.allocate(1, option_rows(options), budget_row(rules))
        snapshot(f"allocation/Allocation.allocate of {size} options", contract._computation.get_gas_used())
