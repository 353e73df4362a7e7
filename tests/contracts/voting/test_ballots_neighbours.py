"""Batches of seats that follow one another, whose keys Ballots asks the roll for many at a time."""

from collections.abc import Callable

import pytest

from ledger.voting.ballot import SignedBallot
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import Question
from tests.contracts.voting.ballot_box import SEATS, BallotBox, cast_beside_the_model

FORM = Form(BallotKind.CHOOSE_ONE, 6)
LIST = Form(BallotKind.APPROVAL, 255, 1, 5)
FORMS = [FORM, LIST, Form(BallotKind.ORDINAL, 6, 1, 3), Form(BallotKind.CUMULATIVE, 10, 1, 3, 1, 5, 1, 9)]
AHEAD = 32
"""How many entries Ballots asks for at once."""
NOBODY = 2**32 - 1
"""The last seat that a record can name."""


def choice_of(form: Form, seat: int) -> bytes:
    if form.kind is BallotKind.CUMULATIVE:
        return bytes([1 + seat % 6, 2]).ljust(form.choice_length, b"\0")
    if form.kind is BallotKind.APPROVAL and seat % 2:
        return bytes(range(seat % 200, seat % 200 + form.choice_length))
    return bytes([1 + seat % 6]).ljust(form.choice_length, b"\0")


def sign(box: BallotBox, question: Question, seat: int, sequence: int = 1, by: int | None = None) -> SignedBallot:
    return box.sign(question, seat, sequence, choice_of(question.form, seat), by)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind.name)
@pytest.mark.parametrize("count", [AHEAD - 1, AHEAD, AHEAD + 1, SEATS])
def test_cast__neighbours__all_count(box: BallotBox, form: Form, count: int) -> None:
    question = box.open(form)
    ballots = [sign(box, question, seat) for seat in range(SEATS - count, SEATS)]
    assert all(cast_beside_the_model(box, question, ballots))


def _swapped(box: BallotBox, question: Question, run: list[SignedBallot]) -> list[SignedBallot]:
    return [*run[:10], run[20], *run[11:20], run[10], *run[21:]]


def _twice(box: BallotBox, question: Question, run: list[SignedBallot]) -> list[SignedBallot]:
    return [*run[:10], run[9], *run[11:20], sign(box, question, 19, 2), *run[21:]]


def _far_away(box: BallotBox, question: Question, run: list[SignedBallot]) -> list[SignedBallot]:
    return [*run[:10], sign(box, question, NOBODY), sign(box, question, SEATS + 1), *run[12:]]


def _of_the_neighbour(box: BallotBox, question: Question, run: list[SignedBallot]) -> list[SignedBallot]:
    return [*run[:10], sign(box, question, 10, by=11), sign(box, question, 11, by=10), *run[12:]]


def _last_first(box: BallotBox, question: Question, run: list[SignedBallot]) -> list[SignedBallot]:
    return run[::-1]


@pytest.mark.parametrize("form", FORMS[:2], ids=lambda form: form.kind.name)
@pytest.mark.parametrize("change", [_swapped, _twice, _far_away, _of_the_neighbour, _last_first])
def test_cast__others_between_neighbours__are_judged_by_their_own_seats(
    box: BallotBox, form: Form, change: Callable[[BallotBox, Question, list[SignedBallot]], list[SignedBallot]]
) -> None:
    question = box.open(form)
    ballots = change(box, question, [sign(box, question, seat) for seat in range(SEATS)])
    assert sum(cast_beside_the_model(box, question, ballots)) >= SEATS - 2


def test_cast__neighbour_whose_key_is_newer_than_the_question__alone_does_not_count(box: BallotBox) -> None:
    question = box.open(FORM)
    box.chain.now += 1
    box.renew(7, by=907)
    ballots = [sign(box, question, seat, by=907 if seat == 7 else None) for seat in range(AHEAD)]
    assert cast_beside_the_model(box, question, ballots) == [seat != 7 for seat in range(AHEAD)]


def test_cast__neighbours_over_the_end_of_the_roll__count_up_to_it(box: BallotBox) -> None:
    question = box.open(FORM)
    first = SEATS - 5
    ballots = [sign(box, question, seat) for seat in range(first, first + AHEAD)]
    assert cast_beside_the_model(box, question, ballots) == [seat < SEATS for seat in range(first, first + AHEAD)]


def test_cast__neighbours_up_to_the_last_seat_there_can_be__are_skipped(box: BallotBox) -> None:
    question = box.open(FORM)
    ballots = [sign(box, question, seat) for seat in (3, *range(NOBODY - AHEAD + 1, NOBODY + 1))]
    assert cast_beside_the_model(box, question, ballots) == [True] + [False] * AHEAD
