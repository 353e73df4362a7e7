"""What ballots cost as whole transactions: golden values, and the limits that the ledger promises."""

from collections.abc import Sequence

import pytest

from ledger.voting.batch import batch_gas, cut_batches, encode_cast, encode_single
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import Question
from tests.contracts.chain import Chain
from tests.contracts.founding import OFFICER, STRANGER
from tests.contracts.gas import snapshot
from tests.contracts.voting.ballot_box import BallotBox, make_options, rows, set_up
from tests.contracts.voting.forms import FORMS, name_of

K = BallotKind
SEATS = 1300
SINGLE = Form(K.CHOOSE_ONE, 6)
MASK = Form(K.APPROVAL, 32, 1, 32)
RANKS = Form(K.ORDINAL, 32, 1, 4)
LISTS = Form(K.APPROVAL, 255, 1, 15)
GOVERNOR = 65_724
"""OpenZeppelin Governor's castVote, whole transaction; measured again by bench/gas.py."""


@pytest.fixture
def crowd() -> BallotBox:
    """A founding of its own: measuring ends blocks."""
    return set_up(Chain(), members=0, seats=SEATS)


def full_choice(form: Form, seat: int) -> bytes:
    """As many options as the form allows, spread over all of them; no two neighbours choose the same."""
    step = next(s for s in (89, 83, 79) if form.options % s)
    options = [(seat * 37 + i * step) % form.options + 1 for i in range(form.max_length)]
    if form.kind in (K.YES_NO, K.CHOOSE_ONE):
        return bytes([seat % form.options + 1])
    points = [max(1, min(form.max_points, form.max_sum // form.max_length))] * form.max_length
    return encode_choice(form, make_choice(form, options, points if form.carries_points else ()))


def cast(box: BallotBox, question: Question, seats: Sequence[int], sequence: int = 1) -> int:
    """Gas of a batch, as a whole transaction."""
    ballots = [box.sign(question, seat, sequence, full_choice(question.form, seat + sequence)) for seat in seats]
    return transaction(box, encode_cast(question.id, ballots))


def transaction(box: BallotBox, data: bytes) -> int:
    """Gas of a call of Ballots in a block of its own, with what every transaction pays."""
    box.chain.settle()
    computation = box.chain.env.execute_code(
        to_address="0x" + box.ballots.address.hex(), sender="0x" + STRANGER.hex(), data=data
    )
    assert not computation.is_error
    return 21_000 + 4 * data.count(0) + 16 * (len(data) - data.count(0)) + computation.get_gas_used()


@pytest.mark.parametrize(
    ("name", "form", "count", "limit"),
    [
        ("choose one of 6", SINGLE, 1000, 9_800),
        ("approve of 32, mask", MASK, 1000, 15_000),
        ("rank 4 of 32", RANKS, 1000, 15_000),
        ("approve 15 of 255, list", LISTS, 790, 20_000),
    ],
)
def test_gas__batch_of_neighbours__is_golden_and_within_its_limit(
    crowd: BallotBox, name: str, form: Form, count: int, limit: int
) -> None:
    question = crowd.open(form)
    first = cast(crowd, question, range(count))
    again = cast(crowd, question, range(count), 2)
    snapshot(f"voting/{name}: {count}, first", first)
    snapshot(f"voting/{name}: {count}, again", again)
    assert first <= limit * count
    assert again <= limit * count


def test_gas__batch_of_neighbours__is_far_below_a_governor(crowd: BallotBox) -> None:
    assert cast(crowd, crowd.open(SINGLE), range(1000)) * 6.5 <= GOVERNOR * 1000


def test_gas__small_and_scattered_batches__are_golden(crowd: BallotBox) -> None:
    question = crowd.open(SINGLE)
    for count, seats in ((100, range(100)), (10, range(112, 122)), (1, range(128, 129))):
        snapshot(f"voting/choose one of 6: {count}, first", cast(crowd, question, seats))
    scattered = [seat * 16 + 9 for seat in range(9, 80)]
    snapshot("voting/choose one of 6: 71 scattered, first", cast(crowd, question, scattered))
    snapshot("voting/choose one of 6: 71 scattered, again", cast(crowd, question, scattered, 2))


def test_gas__one_vote__is_golden_and_within_its_limit(crowd: BallotBox) -> None:
    question = crowd.open(SINGLE)
    cast(crowd, question, [0])
    limits = {"fresh word": (160, 1, 65_000), "used word": (161, 1, 50_000), "again": (161, 2, 50_000)}
    for name, (seat, sequence, limit) in limits.items():
        signed = crowd.sign(question, seat, sequence, bytes([seat % 6 + 1]))
        gas = transaction(crowd, encode_single(SINGLE, question.id, signed))
        snapshot(f"voting/vote, {name}", gas)
        assert gas <= limit


def test_gas__opening_and_closing__is_golden(crowd: BallotBox) -> None:
    for form in (SINGLE, LISTS):
        values, options = crowd.proposal(form), rows(make_options(form))
        gas = crowd.ballots.measure("open", values, options, sender=OFFICER)
        snapshot(f"voting/Ballots.open, {form.options} options", gas)
    crowd.chain.now += 10_000
    snapshot("voting/Ballots.close", crowd.ballots.measure("close", 1, sender=STRANGER))
    snapshot("voting/Ballots.close, 255 options", crowd.ballots.measure("close", 2, sender=STRANGER))


@pytest.fixture(scope="module")
def unwound() -> BallotBox:
    """One for many questions; measuring ends blocks, so it is not taken back."""
    return set_up(Chain(), members=0)


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_batch_gas__neighbours_again_and_scattered__is_never_below_what_is_used(unwound: BallotBox, form: Form) -> None:
    question = unwound.open(form)
    for seats, sequence in (([0, 1, 2, 3], 1), ([0, 1, 2, 3], 2), ([20, 47], 1), ([10], 1)):
        (cut,) = cut_batches(form, seats)
        used = cast(unwound, question, seats, sequence)
        assert used <= cut.gas <= batch_gas(form, len(seats))
