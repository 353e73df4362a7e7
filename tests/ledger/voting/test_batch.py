"""How a relay cuts ballots into transactions."""

import pytest

from ledger.abi import contract
from ledger.chain.transaction import MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS
from ledger.primitives import Hash32
from ledger.voting.ballot import VOTE_LENGTH, Ballot, SignedBallot, record_length, split_records
from ledger.voting.batch import (
    MAX_RECORDS,
    BatchMeter,
    batch_gas,
    batch_size,
    cut_batches,
    encode_cast,
    encode_single,
)
from ledger.voting.form import BallotKind, Form
from tests.contracts.voting.forms import FORMS, name_of

QUESTION = Hash32(b"\x51" * 32)


@pytest.mark.parametrize("form", FORMS, ids=name_of)
@pytest.mark.parametrize("apart", [1, 3, 40])
def test_cut__any_form__keeps_order_and_limits(form: Form, apart: int) -> None:
    seats = range(0, 2500 * apart, apart)
    cuts = list(cut_batches(form, seats))
    assert [cut.start for cut in cuts] == [0, *(cut.stop for cut in cuts[:-1])]
    assert cuts[-1].stop == len(seats)
    for cut in cuts:
        count = cut.stop - cut.start
        assert 0 < count <= MAX_RECORDS
        assert cut.gas <= MAX_TRANSACTION_GAS
        assert count * record_length(form) < MAX_TRANSACTION_BYTES
        assert cut.gas <= batch_gas(form, count)


def test_cut__nothing__gives_nothing() -> None:
    assert list(cut_batches(FORMS[0], [])) == []


def test_cut__neighbours__are_more_than_scattered_seats() -> None:
    form = Form(BallotKind.CHOOSE_ONE, 6)
    (first, *_), (apart, *_) = cut_batches(form, range(3000)), cut_batches(form, range(0, 48_000, 16))
    assert first.stop == MAX_RECORDS
    assert batch_size(form) == apart.stop < MAX_RECORDS


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_size__any_form__fits_wherever_the_seats_are(form: Form) -> None:
    size = batch_size(form)
    assert size > 0
    assert batch_gas(form, size) <= MAX_TRANSACTION_GAS
    meter = BatchMeter(form)
    for seat in range(0, size * 40, 40):
        assert meter.has_room(seat)
        meter.add(seat)


def signed(form: Form, seat: int) -> SignedBallot:
    return SignedBallot(Ballot(QUESTION, seat, 1, bytes(form.choice_length)), bytes(64))


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_encode__batch__is_read_back(form: Form) -> None:
    ballots = [signed(form, seat) for seat in (3, 5, 9)]
    entry, values = contract("Ballots").decode_call(encode_cast(7, ballots))
    assert (entry.name, values["id"]) == ("cast", 7)
    assert split_records(form, QUESTION, values["records"]) == ballots


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_encode__single__is_a_vote_where_that_is_possible(form: Form) -> None:
    entry, _ = contract("Ballots").decode_call(encode_single(form, 7, signed(form, 3)))
    is_short = not form.kind.has_points and record_length(form) <= VOTE_LENGTH
    assert entry.name == ("vote" if is_short else "cast")
