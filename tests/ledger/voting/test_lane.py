"""Lanes: every seat has bits of its own."""

import pytest

from ledger.errors import BadInputError
from ledger.voting.form import Form
from ledger.voting.lane import Lane, place_lane, read_lane
from tests.contracts.voting.forms import FORMS, name_of


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_place__neighbouring_seats__share_no_bit(form: Form) -> None:
    taken: dict[int, int] = {}
    for seat in range(70):
        place = place_lane(form, 3, seat)
        assert len(place.slots) == form.slots_per_lane
        bits = 8 * form.lane_length if form.lanes_per_slot else 256
        assert place.shift + bits <= 256
        for slot in place.slots:
            assert 2**96 + (3 << 48) <= slot < 2**96 + (4 << 48)
            mine = (1 << bits) - 1 << place.shift
            assert taken.get(slot, 0) & mine == 0
            taken[slot] = taken.get(slot, 0) | mine


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_place__last_seat_of_a_question__stays_below_the_next(form: Form) -> None:
    last, after = place_lane(form, 1, 2**32 - 1), place_lane(form, 2, 0)
    assert last.slots[-1] < after.slots[0]


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_read__words_with_a_lane__gives_it_back(form: Form) -> None:
    lane = Lane(7, bytes(1 + i % 250 for i in range(form.choice_length)))
    data = bytes([lane.sequence]) + lane.choice
    for seat in (0, 1, 5, 33):
        place = place_lane(form, 9, seat)
        if form.lanes_per_slot:
            others = ~((1 << 8 * form.lane_length) - 1 << place.shift) % 2**256
            words = [others | int.from_bytes(data, "big") << place.shift]
        else:
            filled = data.ljust(32 * form.slots_per_lane, b"\0")
            words = [int.from_bytes(filled[i : i + 32], "big") for i in range(0, len(filled), 32)]
        assert read_lane(form, place, words) == lane
        assert read_lane(form, place, [0] * len(words)) == Lane(0, bytes(form.choice_length))


@pytest.mark.parametrize(("question", "seat"), [(0, 0), (2**48, 0), (1, -1), (1, 2**32)])
def test_place__numbers_out_of_range__raise(question: int, seat: int) -> None:
    with pytest.raises(BadInputError, match="expected"):
        place_lane(FORMS[0], question, seat)
