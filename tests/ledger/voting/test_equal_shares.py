"""Equal shares beside exact fractions (pabutools) and the official result of a town."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pabutools.election import ApprovalBallot, ApprovalProfile, Cost_Sat, Instance, Project
from pabutools.rules import exhaustion_by_budget_increase, method_of_equal_shares
from pabutools.tiebreaking import TieBreakingRule

from ledger.primitives import ZERO_HASH
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.equal_shares import (
    GRAIN_BITS,
    MAX_MONEY,
    Election,
    EqualSharesError,
    allocate_equal_shares,
    level_of,
    make_election,
    run_step,
)
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import AllocationRule, Budget, TieRule
from tests.ledger.voting.equal_shares_cases import EURO, INSTANCES, RULE, assen, election


def test_assen__one_euro_a_step__gives_the_official_winners_after_845_runs() -> None:
    file, votes = assen()
    result = allocate_equal_shares(votes)
    assert file.winners is not None
    assert set(result.allocation.selected) == set(file.winners)
    # Steps 0 to 844 are run; 844 is the first that overspends.
    assert (result.step, result.allocation.spent) == (843, 7_670_000)


@pytest.mark.parametrize("step", [10, 10 * EURO])
def test_assen__other_steps__give_the_same_winners(step: int) -> None:
    file, votes = assen()
    budget = Budget(RULE, ZERO_HASH, votes.budget.amount, step=step)
    if step < EURO:
        # A hundred finer steps around the official one.
        near = Election(votes.costs, votes.groups, budget)
        assert {bought.option for bought in run_step(near, 843 * EURO // step)} == set(file.winners or ())
    else:
        result = allocate_equal_shares(Election(votes.costs, votes.groups, budget))
        assert set(result.allocation.selected) == set(file.winners or ())


def test_assen__exact_fractions__pay_the_same_to_15_digits() -> None:
    _, votes = assen()
    for bought, (option, payment) in zip(run_step(votes, 843), exact_rounds(votes, 843), strict=True):
        assert bought.option == option
        assert abs(Fraction(bought.payment, 1 << GRAIN_BITS) / payment - 1) < Fraction(1, 10**24)


def exact_rounds(votes: Election, step: int) -> list[tuple[int, Fraction]]:
    """The rule in exact fractions, ties in listed order, as simply as it can be said."""
    purses = [Fraction(votes.budget.amount, votes.turnout) + step * votes.budget.step for _ in votes.groups]
    rounds: list[tuple[int, Fraction]] = []
    open_options = set(votes.candidates)
    while True:
        best: tuple[Fraction, int, Fraction] | None = None
        for option in sorted(open_options):
            missing, payers = Fraction(votes.costs[option]), votes.counts[option]
            for money, size in sorted((purses[g], votes.groups[g][1]) for g in votes.supporters[option]):
                if money * payers >= missing:
                    entry = (missing / payers / votes.costs[option], option, missing / payers)
                    best = entry if best is None else min(best, entry)
                    break
                missing, payers = missing - money * size, payers - size
        if best is None:
            return rounds
        _, option, payment = best
        open_options.remove(option)
        rounds.append((option, payment))
        for g in votes.supporters[option]:
            purses[g] -= min(purses[g], payment)


def test_all_who_vote_alike__money_that_just_suffices__buys_everything() -> None:
    """Shares are 200 each and three voters pay 100 for each of two projects: exactly all they have."""
    result = run_step(election([300, 300], [0b11] * 3, 600), 0)
    assert [bought.option for bought in result] == [0, 1]


def test_share__not_a_whole_number__still_pays_a_project_of_the_whole_budget() -> None:
    assert [bought.option for bought in run_step(election([100], [1] * 7, 100), 0)] == [0]


@pytest.mark.parametrize(("ties", "first"), [(TieRule.LISTED, 0), (TieRule.CHEAPER_THEN_LISTED, 1)])
def test_equal_levels__at_any_cost__fall_by_the_tie_rule(ties: TieRule, first: int) -> None:
    """Three supporters each and a third of the cost from each: thirds are rounded, yet they stay equal."""
    votes = election([9_999_991, 1_000_003], [0b01] * 3 + [0b10] * 3, 60_000_000, ties=ties)
    assert run_step(votes, 0)[0].option == first


def test_more_supporters__for_the_same_cost__come_first() -> None:
    assert run_step(election([10, 10], [0b01, 0b10, 0b11, 0b10], 100), 0)[0].option == 1


def test_add1__next_step_overspends__keeps_the_one_before() -> None:
    """Shares of 5 buy nothing; of 6 the first; of 7 both, for 13."""
    result = allocate_equal_shares(election([6, 7], [0b01, 0b10], 10))
    assert (result.step, result.allocation.selected, result.allocation.spent) == (1, (0,), 6)


def test_add1__step_that_skips_a_share__keeps_the_one_before_its_own() -> None:
    result = allocate_equal_shares(election([6, 7], [0b01, 0b10], 10, step=2))
    assert (result.step, result.allocation.selected) == (0, ())


def test_add1__all_that_is_wanted_fits__wins() -> None:
    result = allocate_equal_shares(election([6, 4, 90], [0b01, 0b10], 10))
    assert (result.step, result.allocation.selected, result.allocation.spent) == (None, (0, 1), 10)


def test_option_without_cost__wins_if_anybody_wants_it() -> None:
    assert allocate_equal_shares(election([0, 0, 6, 7], [0b0101, 0b1001], 10)).allocation.selected == (0, 2)


def test_threshold__option_below_it__takes_no_money() -> None:
    votes = election([6, 7, 9], [0b001, 0b110, 0b110, 0b000], 10, threshold=2)
    assert votes.candidates == (1, 2)
    assert allocate_equal_shares(votes).allocation.selected == (1,)


def test_blank_ballots__have_a_share_that_nobody_spends() -> None:
    assert run_step(election([5], [1], 5), 0)
    assert not run_step(election([5], [1, 0], 5), 0)


def test_nobody_voted__nothing_wins() -> None:
    assert allocate_equal_shares(election([5], [], 5)).allocation.selected == ()


@pytest.mark.parametrize(
    ("costs", "budget", "said"),
    [
        ([1], Budget(AllocationRule.GREEDY, ZERO_HASH, 1), "rule: GREEDY"),
        ([1], Budget(RULE, ZERO_HASH, 1, exclusive=(1,), step=1), "exclusive"),
        ([], Budget(RULE, ZERO_HASH, 1, step=1), "options: 0"),
        ([1] * 256, Budget(RULE, ZERO_HASH, 1, step=1), "options: 256"),
        ([MAX_MONEY + 1], Budget(RULE, ZERO_HASH, 1, step=1), "cost: 1844"),
        ([-1], Budget(RULE, ZERO_HASH, 1, step=1), "cost: -1"),
        ([1], Budget(RULE, ZERO_HASH, MAX_MONEY + 1, step=1), "amount: 1844"),
    ],
)
def test_election__numbers_that_cannot_be__are_named(costs: list[int], budget: Budget, said: str) -> None:
    with pytest.raises(EqualSharesError, match=said):
        Election(tuple(costs), ((1, 1),), budget)


def test_share__over_the_limit__is_named() -> None:
    votes = election([5], [1], 5)
    with pytest.raises(EqualSharesError, match="share: 18446744073709551616 at step 18446744073709551611"):
        votes.share(MAX_MONEY - 4)


@pytest.mark.parametrize(
    ("form", "choices"),
    [
        (Form(BallotKind.APPROVAL, 3, 0, 3), [(1, 3), (2,), (1, 3), ()]),
        (Form(BallotKind.APPROVAL, 30, 0, 2), [(1, 30), (2,), (1, 30), ()]),
        (Form(BallotKind.CHOOSE_ONE, 3, 0, 1), [(3,), (2,), (3,), ()]),
    ],
)
def test_make_election__last_ballots__are_grouped(form: Form, choices: list[tuple[int, ...]]) -> None:
    costs = [5] * form.options
    encoded = [encode_choice(form, make_choice(form, choice)) for choice in choices]
    votes = make_election(form, costs, encoded, Budget(RULE, ZERO_HASH, 9, step=1))
    expected = Counter(sum(1 << option - 1 for option in choice) for choice in choices)
    assert votes.groups == tuple(sorted(expected.items()))
    assert votes.turnout == 4


@pytest.mark.parametrize(
    ("form", "costs", "said"),
    [
        (Form(BallotKind.ORDINAL, 2, 1, 2), [1, 1], "kind: ORDINAL"),
        (Form(BallotKind.APPROVAL, 2, 1, 2), [1], "costs: 1, expected 2"),
    ],
)
def test_make_election__other_ballots__are_refused(form: Form, costs: list[int], said: str) -> None:
    with pytest.raises(EqualSharesError, match=said):
        make_election(form, costs, [], Budget(RULE, ZERO_HASH, 9, step=1))


@given(st.integers(1, 2**80), st.integers(1, 2**40))
def test_level__any_payment__is_the_nearest_multiple(payment: int, cost: int) -> None:
    exact = Fraction(payment, cost << 64)
    assert abs(level_of(payment, cost) - exact) <= Fraction(1, 2)


@settings(deadline=None, max_examples=150)
@given(INSTANCES)
def test_add1__random_approvals__equals_pabutools(case: tuple[list[int], list[int], int, TieRule]) -> None:
    costs, ballots, amount, ties = case
    votes = election(costs, ballots, amount, ties=ties)
    result = allocate_equal_shares(votes)
    chosen = pabutools_add1(costs, ballots, amount, ties)
    if result.step is None:
        assert sorted(f"{i:02}" for i in result.allocation.selected) == sorted(chosen)
    else:
        assert [f"{i:02}" for i in result.allocation.selected] == chosen


def pabutools_add1(costs: list[int], ballots: list[int], amount: int, ties: TieRule) -> list[str]:
    """Winners in exact fractions, in the order bought."""
    projects = [Project(f"{i:02}", cost) for i, cost in enumerate(costs)]
    profile = ApprovalProfile(
        [ApprovalBallot(p for i, p in enumerate(projects) if ballot >> i & 1) for ballot in ballots]
    )
    cheaper = ties is TieRule.CHEAPER_THEN_LISTED
    order = TieBreakingRule(lambda _i, _p, project: (project.cost if cheaper else 0, project.name))
    chosen = exhaustion_by_budget_increase(
        Instance(projects, budget_limit=amount),
        profile,
        method_of_equal_shares,
        {"sat_class": Cost_Sat, "tie_breaking": order},
        exhaustive_stop=False,
        budget_step=len(ballots),
        # By then each voter can pay everything alone.
        budget_bound=amount + len(ballots) * sum(costs),
    )
    return [project.name for project in chosen]
