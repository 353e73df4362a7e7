"""What must not count, one by one, in a batch and alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.primitives import Hash32, to_word
from ledger.voting.ballot import (
    Ballot,
    SignedBallot,
    ballot_digest,
    decode_record,
    domain_separator,
    encode_record,
    encode_vote,
    sign_ballot,
)
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import Question
from tests.contracts.chain import Reverted
from tests.contracts.founding import OFFICER, REGISTRAR, STRANGER
from tests.contracts.voting.ballot_box import WINDOW, BallotBox, key_of, make_options, raw_record, upper_s

FORM = Form(BallotKind.CHOOSE_ONE, 6)
RANKED = Form(BallotKind.ORDINAL, 6, 1, 3)
LONG = Form(BallotKind.ORDINAL, 40, 1, 40)
FORMS = [FORM, RANKED, LONG]
NAMES = ["short", "points", "long"]


def choice_of(form: Form) -> bytes:
    return b"\x01".ljust(form.choice_length, b"\0")


def _signature(signed: SignedBallot) -> tuple[bytes, int]:
    return signed.signature[:32], int.from_bytes(signed.signature[32:], "big")


def _of_another_chain(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return sign_ballot(domain_separator(box.chain_id + 1, box.ballots.address), signed.ballot, key_of(5))


def _of_another_contract(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return sign_ballot(domain_separator(box.chain_id, box.roll.address), signed.ballot, key_of(5))


def _of_another_question(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    other = sign_ballot(box.domain, replace(signed.ballot, question=Hash32(bytes(32))), key_of(5))
    return SignedBallot(signed.ballot, other.signature)


def _of_another_seat(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    other = sign_ballot(box.domain, replace(signed.ballot, seat=6), key_of(5))
    return SignedBallot(signed.ballot, other.signature)


def _of_another_choice(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    other = signed.ballot.choice.replace(b"\x01", b"\x02", 1)
    return SignedBallot(replace(signed.ballot, choice=other), signed.signature)


def _by_another_key(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return sign_ballot(box.domain, signed.ballot, key_of(6))


def _parity_flipped(_: BallotBox, signed: SignedBallot) -> SignedBallot:
    r, vs = _signature(signed)
    return SignedBallot(signed.ballot, r + to_word(vs ^ 2**255))


def _zero_r(_: BallotBox, signed: SignedBallot) -> SignedBallot:
    return SignedBallot(signed.ballot, bytes(32) + signed.signature[32:])


def _zero_s(_: BallotBox, signed: SignedBallot) -> SignedBallot:
    return SignedBallot(signed.ballot, signed.signature[:32] + bytes(32))


def _zero_signature(_: BallotBox, signed: SignedBallot) -> SignedBallot:
    return SignedBallot(signed.ballot, bytes(64))


def _garbage(_: BallotBox, signed: SignedBallot) -> SignedBallot:
    return SignedBallot(signed.ballot, b"\x5a" * 64)


def _sequence_zero(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return sign_ballot(box.domain, replace(signed.ballot, sequence=0), key_of(5))


def _sequence_too_far(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return sign_ballot(box.domain, replace(signed.ballot, sequence=9), key_of(5))


def _unknown_option(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    choice = bytes([201]) + signed.ballot.choice[1:]
    return sign_ballot(box.domain, replace(signed.ballot, choice=choice), key_of(5))


def _blank(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return sign_ballot(box.domain, replace(signed.ballot, choice=bytes(len(signed.ballot.choice))), key_of(5))


def _empty_seat(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return sign_ballot(box.domain, replace(signed.ballot, seat=box.seats), key_of(5))


def _empty_seat_and_no_signature(box: BallotBox, signed: SignedBallot) -> SignedBallot:
    return SignedBallot(replace(signed.ballot, seat=2**32 - 1), bytes(64))


SIGNED_WRONG = [
    _of_another_chain,
    _of_another_contract,
    _of_another_question,
    _of_another_seat,
    _of_another_choice,
    _by_another_key,
    _parity_flipped,
    _zero_r,
    _zero_s,
    _zero_signature,
    _garbage,
    _empty_seat,
    _empty_seat_and_no_signature,
]
OUT_OF_ORDER = [_sequence_zero, _sequence_too_far]
NOT_ALLOWED = [_unknown_option, _blank]
Attack = Callable[[BallotBox, SignedBallot], SignedBallot]


def good(box: BallotBox, question: Question, seat: int = 5, sequence: int = 1) -> SignedBallot:
    return box.sign(question, seat, sequence, choice_of(question.form))


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
@pytest.mark.parametrize("attack", SIGNED_WRONG + OUT_OF_ORDER + NOT_ALLOWED)
def test_cast__bad_ballot_between_good_ones__is_skipped_alone(box: BallotBox, form: Form, attack: Attack) -> None:
    question = box.open(form)
    bad = attack(box, good(box, question))
    assert box.cast(question, [good(box, question, 4), bad, good(box, question, 7)]) == [True, False, True]
    assert set(box.lanes(question, range(box.seats))) == {4, 7}
    assert box.ballots.read("result", question.id)[0] == 2


@pytest.mark.parametrize(
    ("attack", "reason"),
    [(attack, "ballots: signature") for attack in SIGNED_WRONG]
    + [(attack, "ballots: sequence") for attack in OUT_OF_ORDER]
    + [(attack, "ballots: choice") for attack in NOT_ALLOWED],
)
def test_vote__bad_ballot__reverts_with_the_reason(box: BallotBox, attack: Attack, reason: str) -> None:
    question = box.open(FORM)
    signed = attack(box, good(box, question))
    with pytest.raises(Reverted, match=reason):
        vote(box, question, signed)
    vote(box, question, good(box, question))


def vote(box: BallotBox, question: Question, signed: SignedBallot) -> None:
    record = raw_record(signed)
    head = int.from_bytes(record[:-64].ljust(32, b"\0"), "big")
    r, vs = (int.from_bytes(part, "big") for part in (record[-64:-32], record[-32:]))
    box.ballots.send("vote", question.id, head, r, vs, sender=STRANGER)


def test_vote__good_ballot__counts_without_event(box: BallotBox) -> None:
    question = box.open(FORM)
    sent = box.ballots.send("vote", question.id, *encode_vote(good(box, question)), sender=STRANGER)
    assert sent.logs == []
    assert box.ballots.read("result", question.id) == (1, (1, 0, 0, 0, 0, 0), ())
    assert box.ballots.read("lane", question.id, 5) == (1, b"\x01")


def test_vote__bytes_behind_the_choice__reverts(box: BallotBox) -> None:
    question = box.open(FORM)
    head, r, vs = encode_vote(good(box, question))
    with pytest.raises(Reverted, match="bytes behind the choice"):
        box.ballots.send("vote", question.id, head | 1, r, vs, sender=STRANGER)


@pytest.mark.parametrize("form", [RANKED, LONG, Form(BallotKind.APPROVAL, 255, 1, 28)])
def test_vote__form_with_points_or_long_choice__is_referred_to_cast(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    with pytest.raises(Reverted, match="cast this kind"):
        box.ballots.send("vote", question.id, 0, 0, 0, sender=STRANGER)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_cast__upper_s_that_recovers_to_the_seats_key__does_not_count(box: BallotBox, form: Form) -> None:
    foreseen = box.question(1, form, box.proposal(form), make_options(form))
    ballot = Ballot(foreseen.hash, box.seats, 1, choice_of(form))
    signature, key = upper_s(ballot_digest(box.domain, ballot))
    box.roll.send("fill", key, sender=REGISTRAR)
    question = box.open(form)
    assert question == foreseen
    bad = SignedBallot(ballot, signature)
    assert box.cast(question, [good(box, question, 1), bad]) == [True, False]
    if form is FORM:
        with pytest.raises(Reverted, match="signature"):
            vote(box, question, bad)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_cast__same_ballot_again__does_not_count_again(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    signed = good(box, question)
    assert box.cast(question, [signed, signed, good(box, question, 6)]) == [True, False, True]
    with pytest.raises(Reverted, match="nothing counts"):
        box.cast(question, [signed])
    assert box.ballots.read("result", question.id)[0] == 2


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_cast__earlier_ballot_after_later_one__does_not_count(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    assert box.cast(question, [good(box, question, sequence=3), good(box, question, sequence=2)]) == [True, False]


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_cast__ballots_of_one_seat__are_taken_in_order(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    second = choice_of(form).replace(b"\x01", b"\x02", 1)
    ballots = [good(box, question, sequence=8), box.sign(question, 5, 16, second), good(box, question, sequence=25)]
    assert box.cast(question, ballots) == [True, True, False]
    turnout, votes, _ = box.ballots.read("result", question.id)
    assert (turnout, votes[:2]) == (1, (0, 1))


def test_cast__sequence_at_its_end__takes_no_more(box: BallotBox) -> None:
    question = box.open(FORM)
    sequences = [*range(8, 255, 8), 255]
    assert all(box.cast(question, [good(box, question, sequence=s) for s in sequences]))
    with pytest.raises(Reverted, match="nothing counts"):
        box.cast(question, [good(box, question, sequence=s) for s in (0, 1, 8, 255)])


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_cast__garbage__counts_nothing(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    length = len(raw_record(good(box, question)))
    for data in (bytes(length), b"\xff" * length * 3, bytes(range(256)) * length):
        with pytest.raises(Reverted, match="nothing counts"):
            box.ballots.send("cast", question.id, data, sender=STRANGER)
    assert box.lanes(question, range(box.seats)) == {}


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_cast__ragged_empty_or_too_long__reverts(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    record = encode_record(good(box, question))
    for data, reason in (
        (record + b"\0", "ragged"),
        (record[:-1], "ragged"),
        (b"", "nothing counts"),
        (record * 1025, "too many records"),
    ):
        with pytest.raises(Reverted, match=reason):
            box.ballots.send("cast", question.id, data, sender=STRANGER)
    assert decode_record(form, question.hash, record) == good(box, question)


@pytest.mark.parametrize("question_id", [0, 2, 2**64 - 1])
def test_cast__unknown_question__reverts(box: BallotBox, question_id: int) -> None:
    question = box.open(FORM)
    signed = good(box, question)
    with pytest.raises(Reverted, match="unknown question"):
        box.ballots.send("cast", question_id, encode_record(signed), sender=STRANGER)
    with pytest.raises(Reverted, match="unknown question"):
        box.ballots.send("vote", question_id, *encode_vote(signed), sender=STRANGER)


def test_cast__number_that_no_question_can_have__reverts(box: BallotBox) -> None:
    signed = good(box, box.open(FORM))
    for question_id in (2**65, 2**255):
        with pytest.raises(Reverted):
            box.ballots.send("cast", question_id, encode_record(signed), sender=STRANGER)


def test_cast__outside_of_the_window__reverts(box: BallotBox) -> None:
    start = box.chain.now
    question = box.open(FORM, opens=start + 100, closes=start + 100 + WINDOW)
    signed = good(box, question)
    for now, reason in ((start + 99, "not open yet"), (start + 100 + WINDOW, "closed")):
        box.chain.now = now
        for entry, values in (("cast", (encode_record(signed),)), ("vote", encode_vote(signed))):
            with pytest.raises(Reverted, match=reason):
                box.ballots.send(entry, question.id, *values, sender=STRANGER)
    box.chain.now = start + 99 + WINDOW
    assert box.cast(question, [signed]) == [True]


def test_cast__arguments_laid_out_otherwise__reverts(box: BallotBox) -> None:
    question = box.open(FORM)
    record = encode_record(good(box, question))
    filled = record.ljust(96, b"\0")
    odd = to_word(question.id) + to_word(96) + bytes(32) + to_word(len(record)) + filled
    computation = box.chain.env.execute_code(
        to_address="0x" + box.ballots.address.hex(), data=box.ballots.abi.selector("cast") + odd
    )
    assert computation.is_error
    assert b"arguments not in order" in computation.output


def test_cast__key_renewed_after_the_opening__neither_key_counts(box: BallotBox) -> None:
    question = box.open(FORM)
    box.chain.now += 1
    box.renew(5, 500)
    old, new = good(box, question), box.sign(question, 5, 1, b"\x01", by=500)
    with pytest.raises(Reverted, match="nothing counts"):
        box.cast(question, [old, new])
    with pytest.raises(Reverted, match="seat too young"):
        vote(box, question, new)
    later = box.open(FORM)
    assert box.cast(later, [box.sign(later, 5, 1, b"\x01", by=500)]) == [True]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.97, 0.995])
@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_cast__too_little_gas__fails_whole_instead_of_skipping(box: BallotBox, form: Form, share: float) -> None:
    question = box.open(form)
    data = b"".join(encode_record(good(box, question, seat)) for seat in range(12))
    with box.chain.anchor():
        used = box.ballots.send("cast", question.id, data, sender=OFFICER).gas
    computation = box.chain.env.execute_code(
        to_address="0x" + box.ballots.address.hex(),
        data=box.ballots.abi.encode_call("cast", question.id, data),
        gas=int(used * share),
    )
    assert computation.is_error
    assert box.lanes(question, range(12)) == {}


def test_ballot__question_hash__is_the_models(box: BallotBox) -> None:
    question = box.open(FORM)
    assert box.ballots.read("question", question.id)[0] == question.hash
