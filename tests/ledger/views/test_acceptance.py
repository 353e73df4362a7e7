"""What the model refuses the contract refuses too, and the other way round."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.abi import contract
from ledger.primitives import Timestamp
from ledger.system import SystemContract
from ledger.views.acceptance import BallotRefusedError, validate_ballot
from ledger.voting.ballot import SignedBallot, encode_record
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small

GOOD = choice_of(BallotKind.APPROVAL)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallLedger]:
    opened = SmallLedger(found_small(tmp_path_factory.mktemp("acceptance") / "ledger")).fill()
    yield opened
    opened.node.close()


@pytest.fixture(scope="module")
def question(ledger: SmallLedger) -> Question:
    """Seat 0 has cast its ballot with sequence 20 after 8 and 16."""
    opened = ledger.open_question(BallotKind.APPROVAL)
    for sequence in (8, 16, 20):
        ledger.cast(opened, [ledger.sign(opened, 0, GOOD, sequence)])
    return opened


def counts(ledger: SmallLedger, question: Question, signed: SignedBallot) -> bool:
    """Whether the contract would take the ballot now."""
    data = contract("Ballots").encode_call("cast", question.id, encode_record(signed))
    return ledger.node.chain.state().call(SystemContract.BALLOTS.address, data).success


def reason(ledger: SmallLedger, question: Question, signed: SignedBallot) -> str:
    """Why the model refuses a ballot within the window, empty if it takes it."""
    state = ledger.node.chain.state()
    try:
        validate_ballot(state, ledger.chain_id, question, signed, question.opens)
    except BallotRefusedError as error:
        return str(error.facts["reason"])
    return ""


@pytest.mark.parametrize("sequence", [1, 19, 20, 21, 28, 29, 255])
def test_sequence__around_the_window__is_judged_alike(ledger: SmallLedger, question: Question, sequence: int) -> None:
    signed = ledger.sign(question, 0, GOOD, sequence)

    assert (reason(ledger, question, signed) == "") == counts(ledger, question, signed)
    assert reason(ledger, question, signed) == ("" if 21 <= sequence <= 28 else "sequence")


@pytest.mark.parametrize("choice", [b"\0\0", b"\x02\0", b"\x01\xff", b"\x01\x11", b"\x00\x01"])
def test_choice__canonical_or_not__is_judged_alike(ledger: SmallLedger, question: Question, choice: bytes) -> None:
    signed = ledger.sign(question, 1, choice)

    assert (reason(ledger, question, signed) == "") == counts(ledger, question, signed)
    assert reason(ledger, question, signed) in ("", "choice")


def test_key__of_another_seat_question_or_chain__is_refused_alike(ledger: SmallLedger, question: Question) -> None:
    good = ledger.sign(question, 3, GOOD)
    wrong = {
        "seat": replace(good, ballot=replace(good.ballot, seat=4)),
        "choice": replace(good, ballot=replace(good.ballot, choice=choice_of(BallotKind.APPROVAL, [2]))),
        "question": ledger.sign(replace(question, id=question.id + 1), 3, GOOD),
        "signature": replace(good, signature=bytes(64)),
    }

    assert reason(ledger, question, good) == ""
    assert counts(ledger, question, good)
    for name, signed in wrong.items():
        assert reason(ledger, question, signed) == ("question" if name == "question" else "signature")
        assert not counts(ledger, question, signed)


def test_seat__not_on_the_roll__is_refused_alike(ledger: SmallLedger, question: Question) -> None:
    signed = ledger.sign(question, 999, GOOD)

    assert reason(ledger, question, signed) == "seat"
    assert not counts(ledger, question, signed)


def test_seat__filled_after_the_opening__is_refused(ledger: SmallLedger) -> None:
    late = ledger.open_question(BallotKind.APPROVAL)
    early = replace(late, record=Timestamp(0))

    assert reason(ledger, early, ledger.sign(early, 5, GOOD)) == "since"
    assert reason(ledger, late, ledger.sign(late, 5, GOOD)) == ""


def test_window__before_and_after__is_refused(ledger: SmallLedger, question: Question) -> None:
    state = ledger.node.chain.state()
    signed = ledger.sign(question, 6, GOOD)
    for now, is_open in ((question.opens - 1, False), (question.opens, True), (question.closes, False)):
        if is_open:
            validate_ballot(state, ledger.chain_id, question, signed, Timestamp(now))
        else:
            with pytest.raises(BallotRefusedError, match="the question"):
                validate_ballot(state, ledger.chain_id, question, signed, Timestamp(now))
