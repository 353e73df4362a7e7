"""Making receipts on a real small ledger, and reading their files strictly."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.primitives import Hash32, Height
from ledger.proofs.making import (
    BallotNotFoundError,
    NoSealedBlockError,
    ReceiptMaker,
    find_seat_ballot,
    read_ballot,
    sealed_height,
)
from ledger.proofs.receipt_json import MAX_BYTES, decode_receipt, encode_receipt
from ledger.proofs.strict_json import ReceiptError
from ledger.proofs.verdict import Standing, check_receipt
from ledger.views.ballot_index import find_by_code
from ledger.voting.form import BallotKind
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small

SEAT = 3
SIZE_LIMIT = 20_000


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallLedger]:
    opened = SmallLedger(found_small(tmp_path_factory.mktemp("receipts") / "ledger")).fill()
    yield opened
    opened.node.close()


@pytest.mark.parametrize("kind", list(BallotKind))
def test_receipt__ballot_of_each_kind__is_counted_and_small(ledger: SmallLedger, kind: BallotKind) -> None:
    question = ledger.open_question(kind)
    ballots = [ledger.sign(question, seat, choice_of(kind)) for seat in range(ledger.seats)]
    ledger.cast(question, ballots)

    receipt = ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballots[SEAT])
    data = encode_receipt(receipt)

    assert decode_receipt(data) == receipt
    assert len(data) < SIZE_LIMIT
    verdict = check_receipt(decode_receipt(data), ledger.anchor)
    assert (verdict.standing, verdict.height) == (Standing.COUNTED, ledger.node.chain.head().number)
    assert not verdict.is_final


def test_receipt__code__leads_back_to_the_signed_ballot(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    ballots = [ledger.sign(question, seat, choice_of(BallotKind.APPROVAL)) for seat in range(4)]
    ledger.cast(question, ballots)
    code = ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballots[2]).code

    (place,) = find_by_code(ledger.node.chain, code)

    assert (place.seat, place.record) == (2, 2)
    assert read_ballot(ledger.node.chain, ledger.chain_id, question, place) == ballots[2]


def test_receipt__seat__gives_the_ballot_that_counts(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    first = ledger.sign(question, SEAT, choice_of(BallotKind.APPROVAL))
    second = ledger.sign(question, SEAT, choice_of(BallotKind.APPROVAL, [2]), 2)
    ledger.cast(question, [first])
    ledger.cast(question, [second])

    assert find_seat_ballot(ledger.node.chain, ledger.chain_id, question, SEAT) == second
    with pytest.raises(BallotNotFoundError, match="seat 5: no ballot counts"):
        find_seat_ballot(ledger.node.chain, ledger.chain_id, question, 5)


def test_receipt__replaced_ballot__carries_the_later_one(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    first = ledger.sign(question, SEAT, choice_of(BallotKind.APPROVAL))
    second = ledger.sign(question, SEAT, choice_of(BallotKind.APPROVAL, [2]), 2)
    ledger.cast(question, [first])
    before = ledger.node.chain.head().number
    ledger.cast(question, [second])

    now = ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, first)
    then = ReceiptMaker(ledger.node.chain, ledger.chain_id, before).make(question, first)

    assert now.later_ballot() == second
    assert then.later is None


def test_receipt__block_without_seal__is_refused(ledger: SmallLedger) -> None:
    with pytest.raises(NoSealedBlockError, match="block 0: not sealed"):
        ReceiptMaker(ledger.node.chain, ledger.chain_id, Height(0))
    unsealed = ledger.node.chain.head().number

    class Unsealed:
        """The chain in the moment between a block and its seal."""

        def __getattr__(self, name: str) -> object:
            return getattr(ledger.node.chain, name)

        def seal(self, height: Height) -> bytes | None:
            return None if height == unsealed else ledger.node.chain.seal(height)

    assert sealed_height(Unsealed()) == unsealed - 1


def test_receipt__place_of_another_question__is_not_found(ledger: SmallLedger) -> None:
    question, other = ledger.open_question(), ledger.open_question()
    ballot = ledger.sign(question, SEAT, choice_of(BallotKind.APPROVAL))
    ledger.cast(question, [ballot])
    (place,) = find_by_code(
        ledger.node.chain, ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballot).code
    )

    with pytest.raises(BallotNotFoundError, match="carries no ballots"):
        read_ballot(ledger.node.chain, ledger.chain_id, other, place)
    with pytest.raises(BallotNotFoundError, match="carries no ballots"):
        read_ballot(ledger.node.chain, ledger.chain_id, question, replace(place, height=Height(10**6)))


@pytest.fixture(scope="module")
def record(ledger: SmallLedger) -> dict:
    question = ledger.open_question()
    ballot = ledger.sign(question, SEAT, choice_of(BallotKind.APPROVAL))
    ledger.cast(question, [ballot])
    return json.loads(encode_receipt(ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballot)))


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("format", "ortaq receipt 2", "format 'ortaq receipt 2'"),
        ("header", "0xABCD", "lower-case 0x hex"),
        ("header", "abcd", "0x hex"),
        ("header", 5, "expected a str"),
        ("chain_id", True, "expected a int"),
        ("chain_id", 1.0, "expected a int"),
        ("chain_id", -1, "receipt.chain_id: -1"),
        ("seal", "0x01", "seal"),
        ("witnesses", {}, "witnesses"),
        ("later", [], "later"),
        ("sealers", {"kind": 9, "members": []}, "sealers.kind"),
        ("sealers", {"kind": 1, "members": [["0x00", 1]]}, "sealers.members"),
        ("stray", 1, "unknown member 'stray'"),
    ],
)
def test_receipt_file__member_of_another_form__is_named(record: dict, member: str, value: object, said: str) -> None:
    with pytest.raises(Exception, match=said) as caught:
        decode_receipt(json.dumps({**record, member: value}).encode())
    assert caught.type.__name__ in ("ReceiptError", "SealError")


def test_receipt_file__member_missing__is_named(record: dict) -> None:
    for member in record:
        if member != "format":
            with pytest.raises(ReceiptError, match=f"receipt.{member}: missing"):
                decode_receipt(json.dumps({k: v for k, v in record.items() if k != member}).encode())


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b" " * (MAX_BYTES + 1)], ids=lambda d: repr(d[:4])
)
def test_receipt_file__no_receipt__is_refused(data: bytes) -> None:
    with pytest.raises(ReceiptError):
        decode_receipt(data)


def test_receipt_file__member_twice__is_refused(record: dict) -> None:
    text = json.dumps(record)
    twice = text[:-1] + f', "chain_id": {record["chain_id"]}}}'
    with pytest.raises(ReceiptError, match="'chain_id' stands twice"):
        decode_receipt(twice.encode())


def test_receipt__header__is_the_one_the_proofs_are_against(ledger: SmallLedger, record: dict) -> None:
    receipt = decode_receipt(json.dumps(record).encode())
    assert receipt.seal.block_hash == ledger.node.chain.header(receipt.seal.height).hash
    assert isinstance(receipt.digest, bytes)
    assert len(Hash32(receipt.digest)) == 32
