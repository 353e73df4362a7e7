"""What a verdict says never tells how anybody voted, whatever the receipt's file holds."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt, neighbours_of
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.verdict import Standing, check_receipt
from ledger.voting.form import BallotKind
from ledger.voting.lane import place_lane, read_lane
from tests.scripts.small_ledger import FORMS, SmallLedger, choice_of, found_small

SEAT = 3
PROOF_BYTES = 20_000


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallLedger]:
    opened = SmallLedger(found_small(tmp_path_factory.mktemp("words") / "ledger")).fill()
    yield opened
    opened.node.close()


@pytest.fixture(scope="module")
def counted(ledger: SmallLedger) -> Receipt:
    question = ledger.open_question()
    choices = [choice_of(BallotKind.APPROVAL, [1 + seat % 9]) for seat in range(ledger.seats)]
    ballots = [ledger.sign(question, seat, choice) for seat, choice in enumerate(choices)]
    ledger.cast(question, ballots)
    return ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballots[SEAT])


def words_of(data: bytes, ledger: SmallLedger) -> str:
    """All that is said about a file."""
    try:
        verdict = check_receipt(decode_receipt(data), ledger.anchor)
    except LedgerError as error:
        return error.detail
    assert verdict.standing is not Standing.COUNTED
    return verdict.reason


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data())
def test_reason__of_any_altered_byte__holds_no_word_of_ballots(
    data: st.DataObject, ledger: SmallLedger, counted: Receipt
) -> None:
    original = encode_receipt(counted)
    word = counted.ballots.storage[1][1]
    start = original.index(f'"value":"{word:#x}"'.encode())
    near = st.integers(start, start + 80) | st.integers(0, len(original) - 2)
    at = data.draw(near)
    byte = data.draw(st.sampled_from(b'0123456789abcdef{"') | st.integers(0, 255))
    if byte == original[at]:
        return
    said = words_of(original[:at] + bytes([byte]) + original[at + 1 :], ledger)

    assert f"{word:x}"[:12] not in said
    assert str(word)[:12] not in said


@pytest.mark.parametrize("kind", BallotKind)
def test_neighbours__of_each_form__are_the_other_lanes_of_the_word(kind: BallotKind) -> None:
    form = FORMS[kind]
    shared = [seat for seat in range(64) if place_lane(form, 1, seat).slots == place_lane(form, 1, SEAT).slots]
    assert neighbours_of(form) == len(shared) - 1


def test_proof__of_a_shared_word__shows_the_neighbours(counted: Receipt) -> None:
    """What the documents say of it is so: the word that proves a ballot reads as the ballots beside it."""
    form = counted.question.form
    (word,) = (value for _, value, _ in counted.ballots.storage[1:])
    beside = read_lane(form, place_lane(form, counted.question.id, SEAT + 1), [word])
    assert beside.choice == choice_of(BallotKind.APPROVAL, [1 + (SEAT + 1) % 9])


def test_receipt__its_proofs__are_small(ledger: SmallLedger, counted: Receipt) -> None:
    assert check_receipt(decode_receipt(encode_receipt(counted)), ledger.anchor).standing is Standing.COUNTED
    proofs = [counted.directory, counted.ballots, counted.roll]
    nodes = [node for p in proofs for part in (p.account_proof, *(nodes for _, _, nodes in p.storage)) for node in part]

    assert sum(map(len, nodes)) < PROOF_BYTES
