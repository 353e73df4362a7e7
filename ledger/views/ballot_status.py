"""What became of a ballot that a citizen asks for by its code. How it was cast is never part of the answer."""

from dataclasses import dataclass
from enum import Enum

from ledger.ports import StateView
from ledger.primitives import Address, Height
from ledger.views.ballot_index import BallotPlace
from ledger.voting.lane import Lane, place_lane, read_lane
from ledger.voting.question import Question


class BallotStatus(Enum):
    """Counted, or replaced by a later ballot of the same seat."""

    COUNTED = "counted"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class BallotView:
    """A ballot's standing after a block.

    Shape   `height`: the block that the ballot stands in; `is_final`: no ballot can replace it any more.
    """

    question: int
    status: BallotStatus
    height: Height
    is_final: bool
    as_of: Height


def load_ballot(state: StateView, question: Question, place: BallotPlace) -> BallotView:
    """Compare a ballot that was accepted with what its seat's lane holds now."""
    lane = load_lane(state, question, place.seat)
    status = BallotStatus.COUNTED if lane.sequence == place.sequence else BallotStatus.REPLACED
    header = state.header
    return BallotView(place.question, status, place.height, header.timestamp >= question.closes, header.number)


def load_lane(state: StateView, question: Question, seat: int) -> Lane:
    """A seat's last ballot, read from storage as proofs read it."""
    where = place_lane(question.form, question.id, seat)
    contract: Address = question.contract
    return read_lane(question.form, where, [state.storage(contract, slot) for slot in where.slots])
