"""Questions as the chain has them, rebuilt so that every hash can be computed again."""

from dataclasses import dataclass
from typing import Any

from ledger.errors import BadInputError
from ledger.ports import StateView
from ledger.primitives import Address, Hash32, Timestamp
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.standing import Outcome
from ledger.views.structs import read_struct
from ledger.voting.form import BallotKind, Form
from ledger.voting.outcome import Electorate
from ledger.voting.question import EffectKind, Fraction, Question, Terms

BALLOTS = SystemContract.BALLOTS.address
TIME_MASK = 2**40 - 1


class UnknownQuestionError(BadInputError):
    """A number that no question has."""

    type = "unknown-question"


@dataclass(frozen=True, slots=True)
class Tally:
    """The count so far. Shape: `votes`, `points`: one per option, in the question's order; no `points` where ballots of
    the kind carry none.
    """

    turnout: int
    votes: tuple[int, ...]
    points: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """What options rank by: points where there are some, else votes."""
        return self.points or self.votes


def question_count(state: StateView, at: Address = BALLOTS) -> int:
    """How many questions were opened; their ids are 1 to this."""
    (count,) = read(state, SystemContract.BALLOTS, "count", at=at)
    return int(count)


def load_question(state: StateView, id_: int, at: Address = BALLOTS) -> Question:
    """A question whose `hash` is the one that ballots sign.

    Errors  UnknownQuestionError.
    """
    row = _load_row(state, id_, at)
    (founding,) = read(state, SystemContract.CONSTITUTION, "founding")
    word = row["form"]
    return Question(
        founding=Hash32(founding),
        contract=at,
        id=id_,
        text=Hash32(row["text"]),
        options=Hash32(row["options"]),
        form=decode_form(word),
        secrecy=row["secrecy"],
        effect_kind=EffectKind(row["effect_kind"]),
        record=Timestamp(word >> 136 & TIME_MASK),
        opens=Timestamp(word >> 176 & TIME_MASK),
        closes=Timestamp(word >> 216 & TIME_MASK),
        terms=Terms(
            Fraction(row["quorum_numerator"], row["quorum_denominator"]),
            Fraction(row["majority_numerator"], row["majority_denominator"]),
            row["majority_strict"],
            row["waiting"],
        ),
        budget=Hash32(row["budget"]),
        effect=Hash32(row["effect"]),
    )


def load_electorate(state: StateView, id_: int, at: Address = BALLOTS) -> Electorate:
    """Errors  UnknownQuestionError."""
    row = _load_row(state, id_, at)
    return Electorate(row["shares"], row["seats"], row["minimum"])


def load_outcome(state: StateView, id_: int, at: Address = BALLOTS) -> Outcome:
    """How the question ended, if it has been closed."""
    row = read_struct(state, SystemContract.BALLOTS, "outcome", id_, at=at)
    return Outcome(row["closed"], row["passed"], row["executed"])


def load_tally(state: StateView, id_: int, at: Address = BALLOTS) -> Tally:
    """The count of the ballots that count so far."""
    turnout, votes, points = read(state, SystemContract.BALLOTS, "result", id_, at=at)
    return Tally(turnout, tuple(votes), tuple(points))


def decode_form(word: int) -> Form:
    """The form in a question's storage word: the inverse of `Form.packed`; what stands above it is ignored."""
    fields = []
    for bits in (8, 8, 8, 8, 8, 16, 16, 32, 32):
        fields.append(word & (1 << bits) - 1)
        word >>= bits
    kind, options, min_length, max_length, _, min_points, max_points, min_sum, max_sum = fields
    return Form(BallotKind(kind), options, min_length, max_length, min_points, max_points, min_sum, max_sum)


def _load_row(state: StateView, id_: int, at: Address) -> dict[str, Any]:
    count = question_count(state, at)
    if not 1 <= id_ <= count:
        raise UnknownQuestionError(f"question: {id_}, expected 1 to {count}", question=id_, count=count)
    return read_struct(state, SystemContract.BALLOTS, "question", id_, at=at)
