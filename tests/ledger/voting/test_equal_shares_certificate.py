"""Certificates of equal shares: honest ones hold, and nothing about them can be changed."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.voting.equal_shares import (
    Election,
    EqualSharesError,
    Purses,
    allocate_equal_shares,
    cost_of,
    level_of,
    run_step,
)
from ledger.voting.equal_shares_certificate import (
    ALL,
    BadCertificateError,
    Certificate,
    Line,
    bound_of,
    first_bound,
    make_certificate,
    probe_cap,
)
from ledger.voting.equal_shares_check import (
    add_voters,
    failing_line,
    make_program,
    validate_certificate,
    validate_plan,
)
from tests.ledger.voting.equal_shares_cases import INSTANCES, assen, election
from tests.ledger.voting.equal_shares_tampering import TAMPERED


@pytest.fixture(scope="module")
def town() -> Election:
    return assen()[1]


@pytest.fixture(scope="module")
def honest(town: Election) -> Certificate:
    return make_certificate(town)


def test_certificate__of_assen__is_short_and_proves_the_official_winners(town: Election, honest: Certificate) -> None:
    result = allocate_equal_shares(town).allocation
    assert validate_certificate(town, honest) == (result.mask, result.spent)
    assert (honest.step, len(honest.fits), len(honest.exceeds)) == (843, 15, 13)


@settings(deadline=None, max_examples=150)
@given(INSTANCES)
def test_certificate__random_approvals__proves_the_result(case: tuple) -> None:  # type: ignore[type-arg]
    costs, ballots, amount, ties = case
    votes = election(costs, ballots, amount, ties=ties)
    result = allocate_equal_shares(votes)
    if result.step is None:
        with pytest.raises(EqualSharesError, match="all that is wanted fits"):
            make_certificate(votes)
    else:
        proved = validate_certificate(votes, make_certificate(votes))
        assert proved == (result.allocation.mask, result.allocation.spent)


@pytest.mark.parametrize("name", TAMPERED)
def test_certificate__tampered__is_refused(town: Election, honest: Certificate, name: str) -> None:
    with pytest.raises(BadCertificateError):
        validate_certificate(town, TAMPERED[name](honest))


def test_certificate__of_a_later_overspending_step__holds_but_is_not_the_first() -> None:
    """The steps cost 0, 10, 8, 18 of 9: the check cannot see that step 1 overspends already; a challenge can."""
    votes = election([5, 5, 8], [0b010, 0b110, 0b000, 0b101, 0b001, 0b100], 9)
    assert [cost_of(votes, run_step(votes, step)) for step in range(4)] == [0, 10, 8, 18]
    assert validate_certificate(votes, make_certificate(votes, 2)) == (0b100, 8)
    assert make_certificate(votes).step == 0
    assert validate_certificate(votes, make_certificate(votes)) == (0, 0)


@pytest.mark.parametrize("step", [0, 842, 844])
def test_make_certificate__of_a_step_that_is_not_the_last_to_fit__is_refused(town: Election, step: int) -> None:
    with pytest.raises(EqualSharesError, match=f"step: {step} costs"):
        make_certificate(town, step)


def test_sums__of_voters_in_any_ranges__are_the_same(town: Election, honest: Certificate) -> None:
    program = make_program(town, honest, 1, 0)
    masks = [mask for mask, size in town.groups for _ in range(size)]
    whole = add_voters(program, [0] * len(honest.lines), masks)
    parts = [0] * len(honest.lines)
    for first in range(0, len(masks), 13):
        parts = add_voters(program, parts, masks[first : first + 13])
    assert parts == whole
    assert failing_line(program, whole) is None


@pytest.mark.parametrize("missing", [0, 40, 83])
def test_sums__without_one_voter__do_not_hold(town: Election, honest: Certificate, missing: int) -> None:
    program = make_program(town, honest, 1, 0)
    masks = [mask for mask, size in town.groups for _ in range(size)]
    del masks[missing]
    assert failing_line(program, add_voters(program, [0] * len(honest.lines), masks)) is not None


@given(st.integers(1, 2**20), st.integers(1, 2**64 - 1))
def test_bounds__by_votes_and_by_caps__say_the_same(votes: int, cost: int) -> None:
    """Equal payments of all supporters have at least the level of the first bound, whatever the cost."""
    payment = -(-(cost << 128) // votes)
    assert first_bound(votes) <= level_of(payment, cost) <= first_bound(votes) + 1
    level = level_of(payment, cost)
    assert bound_of(probe_cap(level, cost), cost) == level
    assert level_of(probe_cap(level, cost), cost) == level - 1
    assert level_of(probe_cap(level, cost) + 1, cost) == level


@settings(deadline=None, max_examples=150)
@given(INSTANCES, st.data())
def test_plan__any_other_round_order__is_refused_or_fails_on_the_voters(case: tuple, data: st.DataObject) -> None:  # type: ignore[type-arg]
    """A liar who buys another project first, at its true price, cannot prove it."""
    costs, ballots, amount, ties = case
    votes = election(costs, ballots, amount, ties=ties)
    assume(not votes.all_fit)
    honest = make_certificate(votes)
    bought = [line.option for line in honest.exceeds if not line.is_probe]
    others = [option for option in votes.candidates if option != bought[0]]
    assume(others)
    other = data.draw(st.sampled_from(others))
    payment = Purses(votes, honest.step + 1).price(other)
    assume(payment is not None)
    rest = tuple(line for line in honest.exceeds if line.option != other)
    liar = replace(honest, exceeds=(Line(other, payment or 0, is_probe=False), *rest))
    with pytest.raises(BadCertificateError):
        validate_certificate(votes, liar)


@settings(deadline=None, max_examples=150)
@given(INSTANCES, st.integers(0, 3), st.data())
def test_certificate__lines_changed_at_random_and_accepted__tells_the_truth(
    case: tuple,  # type: ignore[type-arg]
    later: int,
    data: st.DataObject,
) -> None:
    """Whatever holds is the result of its step, and the next step overspends."""
    costs, ballots, amount, ties = case
    votes = election(costs, ballots, amount, ties=ties)
    assume(not votes.all_fit)
    honest = make_certificate(votes)
    lines = list(honest.lines)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        line = lines.pop(index)
        other = line._replace(
            option=data.draw(st.sampled_from([line.option, *votes.candidates])),
            cap=data.draw(st.sampled_from([line.cap, line.cap + 1, line.cap - 1, ALL, line.cap * 9 // 10])),
            is_probe=data.draw(st.sampled_from([line.is_probe, not line.is_probe])),
        )
        lines[index:index] = data.draw(st.sampled_from([[other], [], [line, other], [other, line], [line]]))
        assume(lines)
    split = data.draw(st.sampled_from([len(honest.fits), len(lines) - len(honest.exceeds)]))
    claim = Certificate(honest.step + later, tuple(lines[:split]), tuple(lines[split:]))
    try:
        selected, spent = validate_certificate(votes, claim)
    except BadCertificateError:
        return
    rounds = run_step(votes, claim.step)
    assert selected == sum(1 << bought.option for bought in rounds)
    assert spent == cost_of(votes, rounds) <= amount < cost_of(votes, run_step(votes, claim.step + 1))


def test_plan__probes_alone__cost_nothing(town: Election, honest: Certificate) -> None:
    fits = tuple(Line(option, ALL, is_probe=True) for option in town.candidates)
    assert validate_plan(town, replace(honest, fits=fits)) == (0, 0)
    with pytest.raises(BadCertificateError, match="line 0"):
        validate_certificate(town, replace(honest, fits=fits))
