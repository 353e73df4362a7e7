"""Lanes: where a seat's last ballot lies in the storage of the Ballots contract (formats.md, 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.voting.form import SLOT, Form

LANES_BASE = 2**96
"""Storage slot of lane word 0 in Ballots."""
MAX_QUESTION_ID = 2**48 - 1
MAX_SEAT = 2**32 - 1


@dataclass(frozen=True, slots=True)
class LanePlace:
    """Shape: the storage slots that hold a seat's lane, in order, and the right shift that brings it down (bits)."""

    slots: tuple[int, ...]
    shift: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A seat's last ballot; sequence 0 means that it has cast none."""

    sequence: int
    choice: bytes


def place_lane(form: Form, question_id: int, seat: int) -> LanePlace:
    """Find the lane of a seat.

    Errors  BadInputError for a question id of more than 48 bits or a seat of more than 32.
    """
    if not 1 <= question_id <= MAX_QUESTION_ID:
        raise BadInputError(f"question id: {question_id}, expected 1 to {MAX_QUESTION_ID}")
    if not 0 <= seat <= MAX_SEAT:
        raise BadInputError(f"seat: {seat}, expected 0 to {MAX_SEAT}")
    base = LANES_BASE + (question_id << 48)
    if per_slot := form.lanes_per_slot:
        return LanePlace((base + seat // per_slot,), 8 * form.lane_length * (seat % per_slot))
    first = base + seat * form.slots_per_lane
    return LanePlace(tuple(range(first, first + form.slots_per_lane)), 0)


def read_lane(form: Form, place: LanePlace, words: Sequence[int]) -> Lane:
    """Read a lane from the words of its slots: sequence first; a wide lane starts at the left of its words."""
    if form.lanes_per_slot:
        mask = (1 << 8 * form.lane_length) - 1
        lane = (words[0] >> place.shift & mask).to_bytes(form.lane_length, "big")
    else:
        lane = b"".join(word.to_bytes(SLOT, "big") for word in words)[: form.lane_length]
    return Lane(lane[0], lane[1:])
