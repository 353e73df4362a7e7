"""EqualShares.vy: a certificate's way from proposal to result, and the model beside it."""

from collections.abc import Iterator
from dataclasses import replace

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.voting.equal_shares import allocate_equal_shares
from ledger.voting.equal_shares_certificate import Certificate, make_certificate
from ledger.voting.equal_shares_check import BadCertificateError, failing_line
from ledger.voting.equal_shares_ranges import advance, start
from ledger.voting.question import TieRule
from tests.contracts.voting.equal_shares_mock import (
    CHALLENGE_S,
    QUESTION,
    UNEVEN,
    Contracts,
    Vote,
    cast,
    deploy,
    events,
    finalise,
    town,
)
from tests.ledger.voting.equal_shares_cases import INSTANCES, assen, election
from tests.ledger.voting.equal_shares_tampering import TAMPERED


@pytest.fixture(scope="module")
def deployed() -> Contracts:
    return deploy()


@pytest.fixture
def contracts(deployed: Contracts) -> Iterator[Contracts]:
    with boa.env.anchor():
        yield deployed


@pytest.fixture
def uneven(contracts: Contracts) -> Vote:
    costs, ballots, amount = UNEVEN
    return cast(contracts, election(costs, ballots, amount), ballots)


@pytest.fixture
def real(contracts: Contracts) -> Vote:
    return town(contracts)


def test_assen__end_to_end__gives_the_official_winners(real: Vote) -> None:
    shares, winners = real.contracts.shares, assen()[0].winners
    assert winners is not None
    program = real.prove(words=2)
    assert events(shares) == ["Checked", "Stands"]
    assert not shares.is_final(QUESTION)
    finalise(real)
    assert events(shares) == ["Finalised"]
    assert (shares.selected(QUESTION), shares.spent(QUESTION)) == (sum(1 << i for i in winners), 7_670_000)
    assert shares.is_final(QUESTION)
    assert shares.standing(QUESTION).program == program.hash


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered__certificate_of_assen__is_refused(real: Vote, name: str) -> None:
    certificate = TAMPERED[name](make_certificate(real.election))
    try:
        program = real.program(certificate)
    except BadCertificateError:
        with boa.reverts():
            real.propose(certificate)
        return
    real.propose(certificate)
    end = real.check(program, start(program), len(real.words))
    assert events(real.contracts.shares) == ["Checked", "Refused"]
    assert real.contracts.shares.get_logs()[-1].line == failing_line(program, end.sums)
    assert real.contracts.shares.standing(QUESTION).final_from == 0
    with boa.reverts("equal shares: not the progress of this certificate"):
        real.check(program, end, 1)
    with boa.reverts("equal shares: already proposed"):
        real.propose(certificate)
    with boa.reverts("equal shares: nothing stands"):
        finalise(real)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(INSTANCES, st.data())
def test_propose_and_check__random_approvals__equal_the_model(
    contracts: Contracts, case: tuple[list[int], list[int], int, TieRule], data: st.DataObject
) -> None:
    costs, ballots, amount, ties = case
    votes = election(costs, ballots, amount, ties=ties)
    expected = allocate_equal_shares(votes).allocation
    seats: list[int | None] = [*ballots]
    for _ in range(data.draw(st.integers(0, 3))):
        seats.insert(data.draw(st.integers(0, len(seats))), None)
    with boa.env.anchor():
        vote = cast(contracts, votes, seats)
        if votes.all_fit:
            contracts.shares.allocate_all(*vote.arguments)
        else:
            vote.prove(words=data.draw(st.integers(1, 3)))
            finalise(vote)
        assert (contracts.shares.selected(QUESTION), contracts.shares.spent(QUESTION)) == (
            expected.mask,
            expected.spent,
        )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(INSTANCES, st.data())
def test_propose_and_check__one_line_changed__equal_the_model(
    contracts: Contracts, case: tuple[list[int], list[int], int, TieRule], data: st.DataObject
) -> None:
    """Whatever a liar writes into one line, contract and model say the same of it."""
    costs, ballots, amount, ties = case
    votes = election(costs, ballots, amount, ties=ties)
    if votes.all_fit:
        return
    honest = make_certificate(votes)
    lines = list(honest.lines)
    index = data.draw(st.integers(0, len(lines) - 1))
    line = lines[index]
    lines[index] = data.draw(
        st.sampled_from(
            [
                line._replace(cap=line.cap + 1),
                line._replace(cap=max(line.cap - 1, 0)),
                line._replace(cap=line.cap // 2),
                line._replace(is_probe=not line.is_probe),
                line._replace(option=(line.option + 1) % len(costs)),
            ]
        )
    )
    split = len(honest.fits)
    liar = Certificate(honest.step, tuple(lines[:split]), tuple(lines[split:]))
    with boa.env.anchor():
        vote = cast(contracts, votes, ballots)
        try:
            program = vote.program(liar)
        except BadCertificateError:
            with boa.reverts():
                vote.propose(liar)
            return
        vote.propose(liar)
        end = vote.check(program, start(program), max(len(vote.words), 1))
        last = "Stands" if failing_line(program, end.sums) is None else "Refused"
        assert events(contracts.shares) == ["Checked", last]


def test_challenge__earlier_step_that_overspends__replaces_the_result(uneven: Vote) -> None:
    shares = uneven.contracts.shares
    uneven.prove(make_certificate(uneven.election, 2))
    assert shares.standing(QUESTION).selected == 0b100
    boa.env.timestamp += CHALLENGE_S - 1
    uneven.prove(make_certificate(uneven.election, 0))
    assert shares.standing(QUESTION).selected == 0
    # The time to challenge runs anew.
    boa.env.timestamp += CHALLENGE_S - 1
    with boa.reverts("equal shares: time to challenge"):
        shares.finalise(QUESTION)
    boa.env.timestamp += 1
    shares.finalise(QUESTION)
    assert (shares.selected(QUESTION), shares.spent(QUESTION), shares.is_final(QUESTION)) == (0, 0, True)


def test_challenge__later_step__replaces_nothing(uneven: Vote) -> None:
    later = make_certificate(uneven.election, 2)
    program = uneven.program(later)
    uneven.propose(later)
    uneven.prove(make_certificate(uneven.election, 0))
    with boa.reverts("equal shares: not an earlier step"):
        uneven.check(program, start(program), 1)
    with boa.reverts("equal shares: not an earlier step"):
        uneven.propose(replace(later, fits=later.fits[:1]))


def test_certificates__side_by_side__do_not_disturb_each_other(uneven: Vote) -> None:
    """A bad proposal cannot keep an honest one from being checked."""
    honest = make_certificate(uneven.election, 0)
    bad = replace(honest, exceeds=(*honest.exceeds[:-1], honest.exceeds[-1]._replace(cap=honest.exceeds[-1].cap + 1)))
    uneven.propose(bad)
    uneven.propose(honest)
    first, second = uneven.program(bad), uneven.program(honest)
    uneven.check(first, start(first), 1)
    uneven.check(second, start(second), 1)
    assert events(uneven.contracts.shares) == ["Checked", "Stands"]


def test_finalised__result__changes_no_more(uneven: Vote) -> None:
    honest = make_certificate(uneven.election)
    uneven.prove(honest)
    finalise(uneven)
    with boa.reverts("equal shares: already final"):
        uneven.propose(honest)
    with boa.reverts("equal shares: already final"):
        uneven.contracts.shares.allocate_all(*uneven.arguments)
    with boa.reverts("equal shares: already final"):
        uneven.contracts.shares.finalise(QUESTION)


def test_check__range_left_out_or_taken_twice__reverts(real: Vote) -> None:
    certificate = make_certificate(real.election)
    real.propose(certificate)
    program = real.program(certificate)
    first = real.check(program, start(program), 3)
    skipped = replace(first, words=5)
    for other in (start(program), skipped, replace(first, ballots=84), replace(first, sums=(0,) * 28)):
        with boa.reverts("equal shares: not the progress of this certificate"):
            real.contracts.shares.check(program.row, other.row, 1)
    # The next range is where the last one ended, whoever goes on.
    beyond = advance(program, real.form, start(program), real.words[3:])
    with boa.reverts("equal shares: not the progress of this certificate"):
        real.contracts.shares.check(program.row, beyond.row, 1)


def test_check__all_but_the_last_range__settles_nothing(real: Vote) -> None:
    certificate = make_certificate(real.election)
    real.propose(certificate)
    program = real.program(certificate)
    progress = real.check(program, start(program), len(real.words) - 1)
    assert events(real.contracts.shares) == ["Checked"]
    assert progress.ballots < real.election.turnout
    with boa.reverts("equal shares: nothing stands"):
        finalise(real)


def test_check__empty_range__reverts(real: Vote) -> None:
    certificate = make_certificate(real.election)
    real.propose(certificate)
    program = real.program(certificate)
    with boa.reverts("equal shares: empty range"):
        real.check(program, start(program), 0)


def test_check__other_program__reverts(real: Vote) -> None:
    certificate = make_certificate(real.election)
    real.propose(certificate)
    program = real.program(certificate)
    for other in (
        replace(program, turnout=1),
        replace(program, spent=0),
        replace(program, selected=1),
        replace(program, question=4),
        replace(program, fits_share=program.fits_share * 2),
        replace(program, costs=(1,) * 14),
    ):
        with boa.reverts("equal shares: not the progress of this certificate"):
            real.check(other, start(program), 1)
