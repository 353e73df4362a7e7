"""The greedy rules, beside pabutools and the results of real towns."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pabutools.election import ApprovalBallot, ApprovalProfile, Cost_Sat, Instance, Project
from pabutools.rules import greedy_utilitarian_welfare
from pabutools.tiebreaking import TieBreakingRule

from ledger.interchange.pabulib import PabulibFile, Rule, VoteType, parse_pabulib
from ledger.primitives import ZERO_HASH
from ledger.voting.allocation import Allocation, AllocationError, Outcome, allocate, rank
from ledger.voting.question import AllocationRule, Budget, TieRule
from tests.paths import pabulib_dir

GREEDY, NO_SKIP = AllocationRule.GREEDY, AllocationRule.GREEDY_NO_SKIP


def budget(
    amount: int,
    rule: AllocationRule = GREEDY,
    *,
    threshold: int = 0,
    ties: TieRule = TieRule.LISTED,
    exclusive: tuple[int, ...] = (),
) -> Budget:
    return Budget(rule, ZERO_HASH, amount, threshold, ties, exclusive)


def outcomes(allocation: Allocation) -> list[tuple[int, Outcome]]:
    return [(step.option, step.outcome) for step in allocation.steps]


def test_greedy__option_that_does_not_fit__is_skipped() -> None:
    result = allocate([60, 50, 40], [9, 8, 7], budget(100))
    assert (result.selected, result.spent, result.mask) == ((0, 2), 100, 0b101)
    assert outcomes(result) == [(0, Outcome.SELECTED), (1, Outcome.TOO_COSTLY), (2, Outcome.SELECTED)]


def test_no_skip__option_that_does_not_fit__ends_the_round() -> None:
    result = allocate([60, 50, 40], [9, 8, 7], budget(100, NO_SKIP))
    assert (result.selected, result.spent) == ((0,), 60)
    assert outcomes(result) == [(0, Outcome.SELECTED), (1, Outcome.TOO_COSTLY)]


@pytest.mark.parametrize("rule", [GREEDY, NO_SKIP])
def test_threshold__count_equal_to_it__may_win(rule: AllocationRule) -> None:
    result = allocate([10, 10, 10], [5, 4, 6], budget(100, rule, threshold=5))
    assert result.selected == (2, 0)
    assert outcomes(result)[-1] == (1, Outcome.BELOW_THRESHOLD)


def test_no_threshold__option_without_votes__wins_if_money_is_left() -> None:
    assert allocate([10, 10], [3, 0], budget(20)).selected == (0, 1)


@pytest.mark.parametrize("rule", [GREEDY, NO_SKIP])
def test_exclusive__winner_of_a_set__bars_the_others_without_stopping(rule: AllocationRule) -> None:
    result = allocate([60, 50, 40], [9, 8, 7], budget(100, rule, exclusive=(0b011,)))
    assert result.selected == (0, 2)
    assert outcomes(result)[1] == (1, Outcome.EXCLUDED)


def test_exclusive__option_in_two_sets__bars_both() -> None:
    assert allocate([1, 1, 1, 1], [9, 8, 7, 6], budget(9, exclusive=(0b0011, 0b0101))).selected == (0, 3)


def test_exclusive__member_that_did_not_fit__bars_nobody() -> None:
    assert allocate([90, 50], [9, 8], budget(60, exclusive=(0b11,))).selected == (1,)


@pytest.mark.parametrize(
    ("ties", "order"), [(TieRule.LISTED, [2, 0, 1, 3]), (TieRule.CHEAPER_THEN_LISTED, [2, 1, 3, 0])]
)
def test_rank__equal_counts__fall_by_the_tie_rule(ties: TieRule, order: list[int]) -> None:
    assert rank([30, 10, 99, 10], [5, 5, 6, 5], ties) == order


@pytest.mark.parametrize(
    ("costs", "counts", "rules", "said"),
    [
        ([1], [1, 2], budget(1), "1 costs and 2 counts"),
        ([], [], budget(1), "0 costs"),
        ([1] * 256, [1] * 256, budget(1), "256 costs"),
        ([-1], [1], budget(1), "cost: -1"),
        ([2**128], [1], budget(1), "cost: 3402"),
        ([1], [2**64], budget(1), "count: 1844"),
        ([1], [1], budget(1, exclusive=(1,) * 256), "exclusive: 256 sets"),
        ([1], [1], Budget(AllocationRule.EQUAL_SHARES_ADD1, ZERO_HASH, 1, step=1), "rule: EQUAL_SHARES_ADD1"),
    ],
)
def test_allocate__numbers_that_cannot_be__are_named(
    costs: list[int], counts: list[int], rules: Budget, said: str
) -> None:
    with pytest.raises(AllocationError, match=said):
        allocate(costs, counts, rules)


OFFICIAL = {
    # Toulouse, Amsterdam, Gdansk and Krakow mark no winners in their files: what the rule gives was worked out by hand.
    "France_Toulouse_2022_17_-_Mirail-Universite_Reynerie_Bellefontaine": ["182", "183"],
    "Netherlands_Amsterdam_643": ["44251"],
    "Poland_Gdansk_2020_Rudniki": ["1"],
    "Poland_Krakow_2018_Wzgorza_Krzeslawickie": ["3", "6", "1", "2", "4"],
    # Marked in the file.
    "Poland_Gdynia_2021": ["OGM/0015"],
}


def counts_of(file: PabulibFile) -> list[int]:
    """Votes, or the points of the ballots: stated ones, or ranks of an ordinal ballot."""
    counts = [0] * len(file.projects)
    longest = file.meta.limits.max_length or len(file.projects)
    for vote in file.votes:
        points = vote.points or [1] * len(vote.options)
        if file.meta.vote_type is VoteType.ORDINAL:
            points = range(longest, 0, -1)
        for option, value in zip(vote.options, points, strict=False):
            counts[option] += value
    return counts


@pytest.mark.parametrize("name", OFFICIAL)
def test_real_vote__counted_from_its_ballots__gives_the_official_winners(name: str) -> None:
    path = pabulib_dir() / f"{name}.pb"
    file = parse_pabulib(path.read_bytes(), str(path))
    rule = NO_SKIP if file.meta.rule is Rule.GREEDY_NO_SKIP else GREEDY
    result = allocate(
        [project.cost_minor for project in file.projects],
        counts_of(file),
        budget(file.meta.budget_minor, rule, threshold=file.meta.threshold or 0),
    )
    assert [file.projects[option].id for option in result.selected] == OFFICIAL[name]
    if file.winners is not None:
        assert set(result.selected) == set(file.winners)


APPROVALS = st.integers(1, 8).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(1, 30), min_size=size, max_size=size),
        st.lists(st.integers(0, 2**size - 1), max_size=12),
        st.integers(0, 120),
        st.sampled_from(TieRule),
    )
)


@given(APPROVALS)
def test_greedy__random_approvals__equals_pabutools(case: tuple[list[int], list[int], int, TieRule]) -> None:
    costs, ballots, amount, ties = case
    projects = [Project(f"{i:02}", cost) for i, cost in enumerate(costs)]
    profile = ApprovalProfile(
        [ApprovalBallot(p for i, p in enumerate(projects) if ballot >> i & 1) for ballot in ballots]
    )
    chosen = greedy_utilitarian_welfare(
        Instance(projects, budget_limit=amount),
        profile,
        sat_class=Cost_Sat,
        tie_breaking=TieBreakingRule(
            lambda _i, _p, project: (
                (project.cost, project.name) if ties is TieRule.CHEAPER_THEN_LISTED else (0, project.name)
            )
        ),
    )
    counts = [sum(ballot >> i & 1 for ballot in ballots) for i in range(len(costs))]
    result = allocate(costs, counts, budget(amount, ties=ties))
    assert [f"{i:02}" for i in result.selected] == [project.name for project in chosen]


@given(APPROVALS, st.integers(0, 5), st.lists(st.integers(0, 255), max_size=3), st.sampled_from([GREEDY, NO_SKIP]))
def test_allocate__anything__keeps_what_each_rule_promises(
    case: tuple[list[int], list[int], int, TieRule], threshold: int, sets: list[int], rule: AllocationRule
) -> None:
    costs, ballots, amount, ties = case
    counts = [sum(ballot >> i & 1 for ballot in ballots) for i in range(len(costs))]
    result = allocate(costs, counts, budget(amount, rule, threshold=threshold, ties=ties, exclusive=tuple(sets)))
    assert result.spent == sum(costs[i] for i in result.selected) <= amount
    assert all(counts[i] >= threshold for i in result.selected)
    assert all(counts[a] >= counts[b] for a, b in pairwise(result.selected))
    assert all(len([i for i in result.selected if group >> i & 1]) <= 1 for group in sets)
