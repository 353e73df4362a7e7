"""Lists, which Ballots counts in runs of seats: runs broken at any place, lists of every length, full and not."""

from collections.abc import Callable
from random import Random

import pytest

from ledger.voting.ballot import SignedBallot
from ledger.voting.form import BallotKind, Encoding, Form
from ledger.voting.question import Question
from tests.contracts.chain import Reverted
from tests.contracts.voting.ballot_box import SEATS, BallotBox, cast_beside_the_model

RUN = 32
"""Seats of a full run."""
LENGTHS = {2: 30, 5: 255, 9: 90, 10: 255, 14: 200, 15: 255, 16: 255, 27: 255}
"""Options by length of the list: words of ten lanes, five, three, two and one; odd and even; above and below 16."""
FORMS = [Form(BallotKind.APPROVAL, options, 0, length) for length, options in LENGTHS.items()]
LIST = Form(BallotKind.APPROVAL, 255, 1, 15)
ALL = list(range(SEATS))


def full(form: Form, random: Random) -> bytes:
    return bytes(sorted(random.sample(range(1, form.options + 1), form.choice_length)))


def some(form: Form, random: Random) -> bytes:
    """A list with room at its end."""
    named = sorted(random.sample(range(1, form.options + 1), random.randrange(form.choice_length)))
    return bytes(named).ljust(form.choice_length, b"\0")


def sign(box: BallotBox, question: Question, seat: int, sequence: int = 1, by: int | None = None) -> SignedBallot:
    return box.sign(question, seat, sequence, full(question.form, Random(seat * 256 + sequence)), by)


def test_forms__all__are_lists() -> None:
    assert {form.encoding for form in FORMS} == {Encoding.LIST}
    assert [form.choice_length for form in FORMS] == list(LENGTHS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.max_length))
def test_cast__full_and_short_lists_then_others_in_their_place__are_counted(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    model = box.tally(question)
    random = Random(form.max_length)
    for sequence in (1, 2, 9):
        make = [random.choice([full, full, some]) for _ in ALL]
        ballots = [box.sign(question, seat, sequence, make[seat](form, random)) for seat in ALL]
        assert all(cast_beside_the_model(box, question, ballots, model))


def _equal(choice: bytearray, options: int) -> None:
    choice[1] = choice[0]


def _equal_at_the_end(choice: bytearray, options: int) -> None:
    choice[-1] = choice[-2]


def _descending(choice: bytearray, options: int) -> None:
    choice.reverse()


def _two_in_the_middle(choice: bytearray, options: int) -> None:
    middle = len(choice) // 2
    choice[middle - 1 : middle + 1] = choice[middle], choice[middle - 1]


def _zero_first(choice: bytearray, options: int) -> None:
    choice[0] = 0


def _zero_between(choice: bytearray, options: int) -> None:
    choice[-2] = 0


def _above(choice: bytearray, options: int) -> None:
    choice[-1] = options + 1


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    "spoil", [_equal, _equal_at_the_end, _descending, _two_in_the_middle, _zero_first, _zero_between, _above]
)
def test_cast__list_that_is_none__alone_does_not_count(
    box: BallotBox, length: int, spoil: Callable[[bytearray, int], None]
) -> None:
    form = Form(BallotKind.APPROVAL, min(LENGTHS[length], 254), 0, length)
    question = box.open(form)
    ballots = [sign(box, question, seat) for seat in range(RUN)]
    for seat in (0, 7, 8, RUN - 1):
        choice = bytearray(ballots[seat].ballot.choice)
        spoil(choice, form.options)
        ballots[seat] = box.sign(question, seat, 1, bytes(choice))
    expected = [seat not in (0, 7, 8, RUN - 1) for seat in range(RUN)]
    assert cast_beside_the_model(box, question, ballots) == expected


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("option", [0, 1])
def test_cast__last_option_there_is_and_one_more__counts_and_not(box: BallotBox, length: int, option: int) -> None:
    form = Form(BallotKind.APPROVAL, LENGTHS[length] - 1, 1, length)
    question = box.open(form)
    choice = bytes(range(form.options - length + 1 + option, form.options + 1 + option))
    ballots = [box.sign(question, 0, 1, choice), sign(box, question, 1)]
    assert cast_beside_the_model(box, question, ballots) == [option == 0, True]


@pytest.mark.parametrize(
    "seats",
    [
        pytest.param(ALL[1:], id="odd first seat"),
        pytest.param(ALL[3 : 3 + RUN], id="run from an odd seat"),
        pytest.param([*ALL[:9], *ALL[10:]], id="gap"),
        pytest.param([*ALL[:31], 32], id="gap before the end of a run"),
        pytest.param([*ALL[:10], 9, *ALL[11:]], id="seat twice"),
        pytest.param([*ALL[:9], *ALL[8:]], id="seat twice at once"),
        pytest.param([*ALL[:RUN], *ALL[:16]], id="run, then from the start"),
        pytest.param(ALL[::-1], id="descending"),
        pytest.param(ALL[::2], id="every second"),
        pytest.param([0, 47, 1, 46, 2, 45], id="to and fro"),
        pytest.param([47], id="one"),
        pytest.param([46, 47, 48, 49], id="over the end of the roll"),
        pytest.param([*ALL[:10], 2**32 - 1, *ALL[11:]], id="the last seat that a record can name"),
        pytest.param([*range(2**32 - RUN, 2**32), 5], id="run up to that seat"),
    ],
)
@pytest.mark.parametrize("form", [LIST, FORMS[1], FORMS[6]], ids=lambda form: str(form.max_length))
def test_cast__seats_in_any_order__are_judged_by_their_own(box: BallotBox, form: Form, seats: list[int]) -> None:
    question = box.open(form)
    times = dict.fromkeys(seats, 0)
    ballots = []
    for seat in seats:
        times[seat] += 1
        ballots.append(sign(box, question, seat, times[seat]))
    assert cast_beside_the_model(box, question, ballots) == [seat < SEATS for seat in seats]


def test_cast__revotes_within_one_batch__replace(box: BallotBox) -> None:
    question = box.open(LIST)
    again = [sign(box, question, seat, 2) for seat in ALL]
    old = [sign(box, question, seat, 1) for seat in ALL]
    assert cast_beside_the_model(box, question, [*old, *again, *old]) == [True] * 2 * SEATS + [False] * SEATS


def test_cast__wrong_keys_and_sequences_in_a_run__do_not_count(box: BallotBox) -> None:
    question = box.open(LIST)
    ballots = [sign(box, question, seat) for seat in range(RUN)]
    ballots[0] = sign(box, question, 0, by=1)
    ballots[1] = sign(box, question, 1, by=0)
    ballots[5] = sign(box, question, 5, 0)
    ballots[6] = sign(box, question, 6, 9)
    ballots[7] = sign(box, question, 7, 8)
    ballots[31] = sign(box, question, 31, 255)
    assert cast_beside_the_model(box, question, ballots) == [i not in (0, 1, 5, 6, 31) for i in range(RUN)]


def test_cast__runs_of_any_lengths_with_faults__are_counted_as_by_the_model(box: BallotBox) -> None:
    random = Random(790)
    question = box.open(LIST)
    model = box.tally(question)
    last = dict.fromkeys(ALL, 0)
    for _ in range(6):
        ballots = []
        while len(ballots) < 100:
            first = random.randrange(SEATS)
            for seat in range(first, min(SEATS, first + random.choice([1, 2, 5, RUN, SEATS]))):
                choice = random.choice([full, full, full, some])(LIST, random)
                is_next = random.random() < 0.95
                last[seat] += is_next
                by = None if random.random() < 0.95 else SEATS
                ballots.append(box.sign(question, seat, min(last[seat], 255), choice, by))
        cast_beside_the_model(box, question, ballots, model)


def test_cast__more_than_256_records__reports_each(box: BallotBox) -> None:
    question = box.open(LIST)
    ballots = [sign(box, question, seat, sequence) for sequence in range(1, 8) for seat in ALL]
    missed = {0, 100, 255, 256, 257, 300, len(ballots) - 1}
    for i in missed:
        ballots[i] = box.sign(question, ballots[i].ballot.seat, ballots[i].ballot.sequence, bytes(15))
    assert cast_beside_the_model(box, question, ballots) == [i not in missed for i in range(len(ballots))]


def test_cast__nothing_counts__reverts(box: BallotBox) -> None:
    question = box.open(LIST)
    with pytest.raises(Reverted, match="ballots: nothing counts"):
        box.cast(question, [sign(box, question, seat, by=seat + 1) for seat in range(RUN)])
    with pytest.raises(Reverted, match="ballots: nothing counts"):
        box.cast(question, [])
