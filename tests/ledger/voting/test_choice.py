"""Choices: one encoding for each, and nothing else is read."""

from random import Random

import pytest

from ledger.voting.choice import Choice, decode_choice, encode_choice, make_choice
from ledger.voting.form import BallotKind, ChoiceError, Form
from tests.contracts.voting.forms import FORMS, name_of, spoil, valid_choice

K = BallotKind
MASK = Form(K.APPROVAL, 10, 1, 3)
LIST = Form(K.APPROVAL, 40, 0, 4)
RANKS = Form(K.ORDINAL, 5, 1, 3)
PAIRS = Form(K.CUMULATIVE, 10, 1, 3, 1, 5, 2, 9)
WIDE = Form(K.SCORE, 10, 0, 2, 0, 1000, 0, 2000)


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_choice__written_and_read__is_the_same(form: Form) -> None:
    random = Random(name_of(form))
    for _ in range(20):
        data = valid_choice(form, random)
        assert len(data) == form.choice_length
        assert encode_choice(form, decode_choice(form, data)) == data


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_choice__spoilt_bytes__are_refused_or_say_something_else(form: Form) -> None:
    random = Random(name_of(form))
    for _ in range(60):
        data = valid_choice(form, random)
        other = spoil(data, random)
        try:
            read = decode_choice(form, other)
        except ChoiceError:
            continue
        assert (read == decode_choice(form, data)) == (other == data)
        assert encode_choice(form, read) == other


@pytest.mark.parametrize(
    ("form", "options", "points", "data"),
    [
        (Form(K.YES_NO, 3, 0, 1), (), (), "00"),
        (Form(K.CHOOSE_ONE, 255), (255,), (), "ff"),
        (MASK, (10, 1), (), "0201"),
        (LIST, (40, 3), (), "03280000"),
        (LIST, (), (), "00000000"),
        (RANKS, (4, 2), (), "040200"),
        (PAIRS, (7, 2), (5, 1), "020107050000"),
        (WIDE, (3,), (1000,), "0303e8000000"),
        (WIDE, (3,), (0,), "030000000000"),
    ],
)
def test_encode__examples__are_these_bytes(
    form: Form, options: tuple[int, ...], points: tuple[int, ...], data: str
) -> None:
    choice = make_choice(form, options, points)
    assert encode_choice(form, choice).hex() == data
    assert decode_choice(form, bytes.fromhex(data)) == choice


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (Form(K.CHOOSE_ONE, 6), "00"),
        (Form(K.CHOOSE_ONE, 6), "07"),
        (Form(K.CHOOSE_ONE, 6), "0101"),
        (MASK, "0000"),
        (MASK, "0400"),
        (MASK, "000f"),
        (LIST, "05030000"),
        (LIST, "03030000"),
        (LIST, "00030000"),
        (LIST, "03000400"),
        (LIST, "29000000"),
        (RANKS, "000000"),
        (RANKS, "040400"),
        (RANKS, "040002"),
        (RANKS, "060000"),
        (PAIRS, "070502010000"),
        (PAIRS, "020102010000"),
        (PAIRS, "020007050000"),
        (PAIRS, "020600000000"),
        (PAIRS, "020100000000"),
        (PAIRS, "020503050000"),
        (PAIRS, "020107050001"),
        (PAIRS, "000002020000"),
        (WIDE, "0303e9000000"),
    ],
)
def test_decode__not_canonical_or_over_a_limit__raises(form: Form, data: str) -> None:
    with pytest.raises(ChoiceError):
        decode_choice(form, bytes.fromhex(data))


@pytest.mark.parametrize(
    ("form", "options", "points", "field"),
    [
        (LIST, (1, 2, 3, 4, 5), (), "number of options"),
        (RANKS, (), (), "number of options"),
        (RANKS, (1, 1), (), "option: named twice"),
        (LIST, (41,), (), "option"),
        (LIST, (1,), (1,), "number of points"),
        (PAIRS, (1, 2), (1,), "number of points"),
        (PAIRS, (1, 2), (0, 5), "points"),
        (PAIRS, (1, 2), (5, 5), "sum of points"),
    ],
)
def test_make__against_a_limit__names_it(
    form: Form, options: tuple[int, ...], points: tuple[int, ...], field: str
) -> None:
    with pytest.raises(ChoiceError, match=field):
        make_choice(form, options, points)


def test_make__unordered_approval__is_put_in_order() -> None:
    assert make_choice(LIST, [9, 2, 30]) == Choice((2, 9, 30))
    assert make_choice(PAIRS, [9, 2], [1, 5]) == Choice((2, 9), (5, 1))
    assert make_choice(RANKS, [3, 1]) == Choice((3, 1))
