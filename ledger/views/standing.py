"""How a question stands, as people say it."""

from dataclasses import dataclass
from enum import Enum

from ledger.primitives import Timestamp
from ledger.voting.question import Question


class QuestionStatus(Enum):
    """From the announcement to the effect."""

    UPCOMING = "upcoming"
    OPEN = "open"
    ENDED = "ended"
    """The window is over; nobody has closed the question on the ledger yet."""
    PASSED = "passed"
    NOT_PASSED = "not passed"
    EXECUTED = "executed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the contract says of a question's end. `passed`, `executed`: False while it is not closed."""

    closed: bool
    passed: bool
    executed: bool


def status_of(question: Question, outcome: Outcome, now: Timestamp) -> QuestionStatus:
    """Shape   `now`: the ledger's time, at least that of the head."""
    if outcome.executed:
        return QuestionStatus.EXECUTED
    if outcome.closed:
        return QuestionStatus.PASSED if outcome.passed else QuestionStatus.NOT_PASSED
    if now < question.opens:
        return QuestionStatus.UPCOMING
    return QuestionStatus.OPEN if now < question.closes else QuestionStatus.ENDED
