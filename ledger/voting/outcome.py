"""Outcomes: whether a closed question binds (the model beside contracts/voting/questions.vy)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ledger.voting.form import BallotKind
from ledger.voting.question import Fraction, Terms

YES, NO = 0, 1
"""Places of the first two options of a yes/no question."""


class Shortfall(Enum):
    """Why a question did not pass."""

    ROLL = "small-roll"
    QUORUM = "no-quorum"
    MAJORITY = "no-majority"


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who could vote when the question opened.

    Shape   `shares`: active shares, against which the quorum counts; `seats`: seats on the roll; `minimum`: the seats
            that the constitution asked for then.
    """

    shares: int
    seats: int
    minimum: int


def has_quorum(quorum: Fraction, turnout: int, shares: int) -> bool:
    """At least this fraction of the shares took part."""
    return turnout * quorum.denominator >= shares * quorum.numerator


def has_majority(majority: Fraction, is_strict: bool, yes: int, no: int) -> bool:
    """Yes has this fraction of yes and no, or more than it if strict. Without a yes there is none."""
    has, needs = yes * majority.denominator, (yes + no) * majority.numerator
    return yes > 0 and (has > needs or (has == needs and not is_strict))


def is_passed(kind: BallotKind, terms: Terms, electorate: Electorate, turnout: int, votes: Sequence[int]) -> bool:
    """Whether roll, quorum and, for yes/no questions, the majority suffice.

    Shape   `votes`: one per option, in order.
    """
    return find_shortfall(kind, terms, electorate, turnout, votes) is None


def find_shortfall(
    kind: BallotKind, terms: Terms, electorate: Electorate, turnout: int, votes: Sequence[int]
) -> Shortfall | None:
    """As `is_passed`: the first thing that does not suffice, None where all does."""
    if electorate.seats < electorate.minimum:
        return Shortfall.ROLL
    if not has_quorum(terms.quorum, turnout, electorate.shares):
        return Shortfall.QUORUM
    if kind is BallotKind.YES_NO and not has_majority(terms.majority, terms.majority_strict, votes[YES], votes[NO]):
        return Shortfall.MAJORITY
    return None
