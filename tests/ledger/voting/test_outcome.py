"""Outcomes at their edges; the contract's are compared in tests/contracts/voting/test_ballots_outcome.py."""

import pytest

from ledger.voting.form import BallotKind
from ledger.voting.outcome import Electorate, Shortfall, find_shortfall, has_majority, has_quorum, is_passed
from ledger.voting.question import Fraction, Terms

HALF = Fraction(1, 2)
THIRDS = Fraction(2, 3)
CROWD = Electorate(shares=100, seats=90, minimum=5)


@pytest.mark.parametrize(
    ("yes", "no", "strict", "expected"),
    [(0, 0, False, False), (1, 0, True, True), (5, 5, True, False), (5, 5, False, True), (4, 5, False, False)],
)
def test_majority__of_one_half(yes: int, no: int, strict: bool, expected: bool) -> None:
    assert has_majority(HALF, strict, yes, no) is expected


@pytest.mark.parametrize(("yes", "no", "expected"), [(2, 1, True), (200, 101, False), (201, 100, True)])
def test_majority__of_two_thirds__is_exact(yes: int, no: int, expected: bool) -> None:
    assert has_majority(THIRDS, False, yes, no) is expected


@pytest.mark.parametrize(("turnout", "expected"), [(66, False), (67, True)])
def test_quorum__of_two_thirds_of_100__is_67(turnout: int, expected: bool) -> None:
    assert has_quorum(THIRDS, turnout, 100) is expected


def test_passed__roll_below_minimum__never() -> None:
    terms = Terms(Fraction(0, 1), HALF, True, 0)
    few = Electorate(shares=100, seats=4, minimum=5)
    assert is_passed(BallotKind.YES_NO, terms, CROWD, 10, [10, 0, 0])
    assert not is_passed(BallotKind.YES_NO, terms, few, 10, [10, 0, 0])
    assert not is_passed(BallotKind.APPROVAL, terms, few, 10, [10, 0, 0])


def test_passed__other_kinds__need_no_majority() -> None:
    terms = Terms(HALF, HALF, True, 0)
    assert is_passed(BallotKind.APPROVAL, terms, CROWD, 50, [0, 50])
    assert not is_passed(BallotKind.APPROVAL, terms, CROWD, 49, [49, 0])
    assert not is_passed(BallotKind.YES_NO, terms, CROWD, 50, [0, 50, 0])


@pytest.mark.parametrize(
    ("kind", "seats", "turnout", "votes", "expected"),
    [
        (BallotKind.YES_NO, 4, 10, [0, 10, 0], Shortfall.ROLL),
        (BallotKind.YES_NO, 5, 49, [0, 49, 0], Shortfall.QUORUM),
        (BallotKind.YES_NO, 5, 50, [25, 25, 0], Shortfall.MAJORITY),
        (BallotKind.YES_NO, 5, 50, [26, 24, 0], None),
        (BallotKind.APPROVAL, 5, 49, [49, 0], Shortfall.QUORUM),
        (BallotKind.APPROVAL, 5, 50, [0, 0], None),
    ],
)
def test_shortfall__first_thing_that_does_not_suffice(
    kind: BallotKind, seats: int, turnout: int, votes: list[int], expected: Shortfall | None
) -> None:
    electorate = Electorate(shares=100, seats=seats, minimum=5)
    assert find_shortfall(kind, Terms(HALF, HALF, True, 0), electorate, turnout, votes) is expected
