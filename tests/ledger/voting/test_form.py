"""Forms: what can be asked, and where it lies."""

import pytest

from ledger.voting.form import BallotKind, Encoding, Form, FormError
from tests.contracts.voting.forms import FORMS, name_of

K = BallotKind


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_form__any__packs_every_field_and_fits_its_lane(form: Form) -> None:
    word = form.packed
    fields = []
    for bits in (8, 8, 8, 8, 8, 16, 16, 32, 32):
        fields.append(word & (1 << bits) - 1)
        word >>= bits
    limits = (form.min_points, form.max_points, form.min_sum, form.max_sum)
    assert fields == [form.kind, form.options, form.min_length, form.max_length, form.choice_length, *limits]
    assert word == 0
    per_slot, slots = form.lanes_per_slot, form.slots_per_lane
    assert (per_slot or 1) * form.lane_length <= 32 * slots < (per_slot + 1 or 1) * form.lane_length + 32


@pytest.mark.parametrize(
    ("form", "encoding", "length"),
    [
        (Form(K.YES_NO, 3), Encoding.INDEX, 1),
        (Form(K.CHOOSE_ONE, 255), Encoding.INDEX, 1),
        (Form(K.APPROVAL, 8, 1, 1), Encoding.MASK, 1),
        (Form(K.APPROVAL, 9, 1, 1), Encoding.LIST, 1),
        (Form(K.APPROVAL, 9, 1, 2), Encoding.MASK, 2),
        (Form(K.APPROVAL, 255, 1, 31), Encoding.LIST, 31),
        (Form(K.APPROVAL, 255, 1, 32), Encoding.MASK, 32),
        (Form(K.ORDINAL, 8, 1, 8), Encoding.LIST, 8),
        (Form(K.CUMULATIVE, 8, 1, 8, 0, 255, 0, 99), Encoding.PAIRS, 16),
        (Form(K.SCORE, 8, 1, 8, 0, 256, 0, 99), Encoding.PAIRS, 24),
    ],
)
def test_encoding__follows_from_the_form(form: Form, encoding: Encoding, length: int) -> None:
    assert (form.encoding, form.choice_length) == (encoding, length)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ((K.CHOOSE_ONE, 0), "options"),
        ((K.CHOOSE_ONE, 256), "options"),
        ((K.YES_NO, 2), "options"),
        ((K.CHOOSE_ONE, 5, 1, 2), "max_length"),
        ((K.APPROVAL, 5, 1, 6), "max_length"),
        ((K.APPROVAL, 5, 4, 3), "min_length"),
        ((K.APPROVAL, 5, 1, 3, 0, 1), "max_points"),
        ((K.ORDINAL, 5, 1, 3, 0, 0, 0, 1), "max_sum"),
        ((K.CUMULATIVE, 5, 1, 3), "max_points"),
        ((K.CUMULATIVE, 5, 1, 3, 4, 3, 0, 9), "min_points"),
        ((K.SCORE, 5, 1, 3, 0, 3, 9, 8), "min_sum"),
        ((K.SCORE, 255, 1, 128, 0, 3, 0, 8), "max_length"),
    ],
)
def test_form__impossible__names_the_field(fields: tuple[int, ...], named: str) -> None:
    with pytest.raises(FormError, match=rf"^{named}: "):
        Form(*fields)  # type: ignore[arg-type]
