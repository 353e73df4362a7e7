"""Verdicts on receipts: what each kind of receipt proves, and that an altered one never counts."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.primitives import Address, Hash32, Height, keccak256, to_word
from ledger.proofs.anchor import Anchor
from ledger.proofs.cause import Cause
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import LaterBallot, Receipt
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.seal import SealKind, make_seal
from ledger.proofs.storage import ProofMemo
from ledger.proofs.verdict import Standing, Verdict, check_receipt
from ledger.reading import read
from ledger.secp256k1 import address_of, sign_compact
from ledger.system import SystemContract
from ledger.voting.ballot import SignedBallot, domain_separator, sign_ballot
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small, member_key, voter_key

SEAT = 3
CHOICE = choice_of(BallotKind.APPROVAL)
OTHER = choice_of(BallotKind.APPROVAL, [2])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallLedger]:
    opened = SmallLedger(found_small(tmp_path_factory.mktemp("verdicts") / "ledger")).fill()
    yield opened
    opened.node.close()


@pytest.fixture
def question(ledger: SmallLedger) -> Question:
    return ledger.open_question()


def receipt_of(ledger: SmallLedger, question: Question, ballot: SignedBallot) -> Receipt:
    return ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballot)


@pytest.fixture(scope="module")
def counted(ledger: SmallLedger) -> Receipt:
    question = ledger.open_question()
    ballot = ledger.sign(question, SEAT, CHOICE)
    ledger.cast(question, [ledger.sign(question, seat, CHOICE) for seat in range(ledger.seats) if seat != SEAT])
    ledger.cast(question, [ballot])
    return receipt_of(ledger, question, ballot)


def test_verdict__ballot_in_the_lane__is_counted_as_of_the_block(ledger: SmallLedger, counted: Receipt) -> None:
    verdict = check_receipt(counted, ledger.anchor)
    assert verdict == Verdict(Standing.COUNTED, f"as of block {counted.seal.height}", counted.seal.height)


def test_verdict__after_the_window__is_final(ledger: SmallLedger, question: Question) -> None:
    ballot = ledger.sign(question, SEAT, CHOICE)
    ledger.cast(question, [ballot])
    ledger.close(question)

    verdict = check_receipt(receipt_of(ledger, question, ballot), ledger.anchor)

    assert (verdict.standing, verdict.reason, verdict.is_final) == (Standing.COUNTED, "final", True)


def test_verdict__later_ballot__replaces(ledger: SmallLedger, question: Question) -> None:
    first, second = ledger.sign(question, SEAT, CHOICE), ledger.sign(question, SEAT, OTHER, 4)
    ledger.cast(question, [first])
    ledger.cast(question, [second])

    receipt = receipt_of(ledger, question, first)

    verdict = check_receipt(receipt, ledger.anchor)
    assert verdict.standing is Standing.REPLACED
    assert "sequence 4" in verdict.reason
    assert check_receipt(receipt_of(ledger, question, second), ledger.anchor).standing is Standing.COUNTED


def test_verdict__replacement_that_the_voter_did_not_sign__cannot_be_checked(
    ledger: SmallLedger, question: Question
) -> None:
    first, second = ledger.sign(question, SEAT, CHOICE), ledger.sign(question, SEAT, OTHER, 2)
    ledger.cast(question, [first])
    ledger.cast(question, [second])
    receipt = receipt_of(ledger, question, first)
    forged = sign_ballot(receipt.domain, second.ballot, voter_key(SEAT + 1))

    without = check_receipt(replace(receipt, later=None), ledger.anchor)
    with_forged = check_receipt(replace(receipt, later=LaterBallot(2, OTHER, forged.signature)), ledger.anchor)
    with_wrong_choice = check_receipt(replace(receipt, later=LaterBallot(2, CHOICE, second.signature)), ledger.anchor)

    for verdict in (without, with_forged, with_wrong_choice):
        assert verdict.standing is Standing.CANNOT_BE_CHECKED
    assert "does not carry it" in without.reason
    assert "not signed by the seat's key" in with_forged.reason


@pytest.mark.parametrize("cast", [False, True], ids=["lane empty", "other choice in the lane"])
def test_verdict__ballot_that_never_came__is_not_in_the_count(
    ledger: SmallLedger, question: Question, cast: bool
) -> None:
    if cast:
        ledger.cast(question, [ledger.sign(question, SEAT, OTHER)])
    else:
        ledger.cast(question, [ledger.sign(question, SEAT + 1, CHOICE)])

    verdict = check_receipt(receipt_of(ledger, question, ledger.sign(question, SEAT, CHOICE)), ledger.anchor)

    assert verdict.standing is Standing.NOT_IN_THE_COUNT
    assert verdict.reason == (
        "another ballot with the same sequence counts for this seat" if cast else "the ledger has no such ballot yet"
    )


def test_verdict__choice_that_the_form_forbids__is_not_in_the_count(ledger: SmallLedger, question: Question) -> None:
    ledger.cast(question, [ledger.sign(question, SEAT + 1, CHOICE)])
    verdict = check_receipt(receipt_of(ledger, question, ledger.sign(question, SEAT, b"\xff\xff")), ledger.anchor)
    assert verdict.standing is Standing.NOT_IN_THE_COUNT
    assert verdict.reason == "its choice is none that the question allows"


def test_verdict__somebody_elses_signature__cannot_be_checked(ledger: SmallLedger, question: Question) -> None:
    ballot = ledger.sign(question, SEAT, CHOICE)
    ledger.cast(question, [ballot])
    receipt = receipt_of(ledger, question, ballot)
    stolen = sign_ballot(receipt.domain, ballot.ballot, member_key(0))

    verdict = check_receipt(replace(receipt, ballot=stolen), ledger.anchor)

    assert verdict.standing is Standing.CANNOT_BE_CHECKED
    assert "not signed by the seat's key" in verdict.reason


def test_verdict__without_an_anchor__cannot_be_checked(counted: Receipt) -> None:
    verdict = check_receipt(counted, None)
    assert verdict.standing is Standing.CANNOT_BE_CHECKED
    assert "no trust anchor" in verdict.reason


def test_verdict__block_older_than_the_anchor__cannot_be_checked(ledger: SmallLedger, counted: Receipt) -> None:
    later = replace(ledger.anchor, height=Height(counted.seal.height + 1))
    verdict = check_receipt(counted, later)
    assert verdict.standing is Standing.CANNOT_BE_CHECKED
    assert "older than the anchor" in verdict.reason


def test_verdict__anchor_at_the_block__needs_that_very_block(ledger: SmallLedger, counted: Receipt) -> None:
    here = replace(ledger.anchor, height=counted.seal.height, block_hash=counted.seal.block_hash)
    assert check_receipt(counted, here).standing is Standing.COUNTED
    verdict = check_receipt(counted, replace(here, block_hash=Hash32(bytes(32))))
    assert verdict.standing is Standing.CANNOT_BE_CHECKED


def test_verdict__other_sealers_than_the_anchors__cannot_be_checked(ledger: SmallLedger, counted: Receipt) -> None:
    verdict = check_receipt(counted, replace(ledger.anchor, sealers=Hash32(bytes(32))))
    assert verdict.standing is Standing.CANNOT_BE_CHECKED
    assert "sealers are not those" in verdict.reason


def test_verdict__sealed_by_a_stranger__cannot_be_checked(ledger: SmallLedger, counted: Receipt) -> None:
    seal = make_seal(SealKind.SOLO, ledger.chain_id, counted.seal.height, counted.seal.block_hash, member_key(1))
    assert check_receipt(replace(counted, seal=seal), ledger.anchor).standing is Standing.CANNOT_BE_CHECKED


def test_verdict__witness_seals__count_once_each_and_only_the_anchors(ledger: SmallLedger, counted: Receipt) -> None:
    def seal(index: int, **changes: Any) -> Any:
        height, block_hash = counted.seal.height, counted.seal.block_hash
        return replace(make_seal(SealKind.WITNESS, ledger.chain_id, height, block_hash, member_key(index)), **changes)

    known = tuple(sorted(Address(address_of(member_key(i))) for i in (1, 2)))
    anchor = replace(ledger.anchor, witnesses=known)
    witnesses = tuple(Address(address_of(member_key(i))) for i in range(4))
    good = replace(counted, witnesses=(seal(1), seal(1), seal(3)))

    verdict = check_receipt(good, anchor)

    assert (verdict.standing, verdict.witnesses) == (Standing.COUNTED, (witnesses[1],))
    assert check_receipt(good, anchor, trusted=[witnesses[3]]).witnesses == tuple(sorted(witnesses[1::2]))
    for strange in (seal(2, height=Height(counted.seal.height - 1)), counted.seal, seal(2, body=b"\xff" * 65)):
        verdict = check_receipt(replace(counted, witnesses=(seal(1), strange)), anchor)
        assert (verdict.standing, verdict.cause) == (Standing.CANNOT_BE_CHECKED, Cause.WITNESS)


def test_verdict__witness_of_another_block_there__cannot_be_checked_and_says_both(
    ledger: SmallLedger, counted: Receipt
) -> None:
    other = keccak256(b"another history")
    witness = Address(address_of(member_key(1)))
    seal = make_seal(SealKind.WITNESS, ledger.chain_id, counted.seal.height, other, member_key(1))
    shown = replace(counted, witnesses=(seal,))

    named = check_receipt(shown, replace(ledger.anchor, witnesses=(witness,)))
    trusted = check_receipt(shown, ledger.anchor, trusted=[witness])

    assert named == trusted
    assert (named.standing, named.cause) == (Standing.CANNOT_BE_CHECKED, Cause.EQUIVOCATION)
    assert all(part.hex() in named.reason for part in (witness, other, counted.seal.block_hash))
    # Anybody can make a key: a witness whom the reader does not know says nothing.
    assert check_receipt(shown, ledger.anchor).standing is Standing.COUNTED


def test_verdict__twin_ledger_of_the_same_constitution__cannot_be_checked(
    tmp_path: Any, ledger: SmallLedger, counted: Receipt
) -> None:
    twin = SmallLedger(found_small(tmp_path / "twin")).fill()
    try:
        question = twin.open_question()
        ballot = twin.sign(question, SEAT, CHOICE)
        twin.cast(question, [ballot])
        theirs = receipt_of(twin, question, ballot)
    finally:
        twin.node.close()

    assert check_receipt(theirs, twin.anchor).standing is Standing.COUNTED
    for receipt, anchor in ((theirs, ledger.anchor), (counted, twin.anchor)):
        verdict = check_receipt(receipt, anchor)
        assert verdict.standing is Standing.CANNOT_BE_CHECKED
        assert "another ledger" in verdict.reason
    # Dressed up as ours, it fails on the chain id, the question's hash or the proofs.
    dressed = replace(
        theirs, chain_id=ledger.chain_id, question=replace(theirs.question, founding=ledger.anchor.founding)
    )
    assert check_receipt(dressed, ledger.anchor).standing is Standing.CANNOT_BE_CHECKED


def test_verdict__contract_outside_the_directory__cannot_be_checked(ledger: SmallLedger, counted: Receipt) -> None:
    other = replace(counted, question=replace(counted.question, contract=SystemContract.TREASURY.address))
    assert check_receipt(other, ledger.anchor).standing is Standing.CANNOT_BE_CHECKED


def test_verdict__key_renewed_since__cannot_be_checked_but_the_old_receipt_holds(
    ledger: SmallLedger, question: Question
) -> None:
    seat, new = 7, member_key(100)
    ballot = ledger.sign(question, seat, CHOICE)
    ledger.cast(question, [ballot])
    before = receipt_of(ledger, question, ballot)
    roll = SystemContract.ROLL.address
    (entry,) = read(ledger.node.chain.state(), SystemContract.ROLL, "entry", seat)
    words = [to_word(seat), to_word(entry >> 160), address_of(new).rjust(32, b"\0")]
    message = keccak256(keccak256(b"Renewal(uint32 seat,uint256 since,address key)") + b"".join(words))
    digest = keccak256(b"\x19\x01" + domain_separator(ledger.chain_id, roll) + message)
    signature = sign_compact(voter_key(seat), digest)
    ledger.desk.call(member_key(9), SystemContract.ROLL, "renew", seat, address_of(new), signature, gas=500_000)

    after = receipt_of(ledger, question, ballot)

    assert check_receipt(before, ledger.anchor).standing is Standing.COUNTED
    verdict = check_receipt(after, ledger.anchor)
    assert verdict.standing is Standing.CANNOT_BE_CHECKED
    assert "was the key renewed?" in verdict.reason
    theirs = replace(after, ballot=sign_ballot(after.domain, ballot.ballot, new))
    assert "came after the question's record time" in check_receipt(theirs, ledger.anchor).reason


def test_verdict__memo_shared_by_receipts__changes_nothing(ledger: SmallLedger, counted: Receipt) -> None:
    memo = ProofMemo()
    first = check_receipt(counted, ledger.anchor, memo)
    assert check_receipt(counted, ledger.anchor, memo) == first
    broken = replace(counted.roll, account_proof=(b"\x80", *counted.roll.account_proof[1:]))
    assert check_receipt(replace(counted, roll=broken), ledger.anchor, memo).standing is Standing.CANNOT_BE_CHECKED


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all values in a JSON tree that are no objects; a list is a value, and so are its items."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, (*path, name))
        return
    yield path
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))


def altered(value: Any, draw: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw(st.integers(0, 2**64).filter(lambda n: n != value))
    if value is None:
        return {"sequence": draw(st.integers(1, 255)), "choice": "0x0111", "signature": "0x" + "11" * 64}
    if isinstance(value, list):
        return value[:-1] if value else [draw(st.sampled_from(["0x", [], 0]))]
    if value.startswith("0x") and len(value) > 2:
        at = draw(st.integers(2, len(value) - 1))
        digit = draw(st.sampled_from("0123456789abcdef").filter(lambda c: c != value[at]))
        return value[:at] + digit + value[at + 1 :]
    return value + draw(st.sampled_from(["0", "1", " ", "x"]))


def standing_of(data: bytes, anchor: Anchor) -> Standing | None:
    """The verdict's standing; None for a file that is refused as no receipt."""
    try:
        return check_receipt(decode_receipt(data), anchor).standing
    except LedgerError:
        return None


def test_verdict__every_member_altered__is_never_counted(ledger: SmallLedger, counted: Receipt) -> None:
    record = json.loads(encode_receipt(counted))
    paths = [path for path in leaves(record) if path != ("witnesses",)]
    assert len(paths) > 60

    @settings(max_examples=4 * len(paths), deadline=None, derandomize=True)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(paths))
        changed = copy.deepcopy(record)
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = altered(place[path[-1]], data.draw)
        assert standing_of(json.dumps(changed).encode(), ledger.anchor) is not Standing.COUNTED, path

    check()


def test_verdict__each_member_removed__is_never_counted(ledger: SmallLedger, counted: Receipt) -> None:
    record = json.loads(encode_receipt(counted))

    def without_each(value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            for name in value:
                yield {k: v for k, v in value.items() if k != name}
                for part in without_each(value[name]):
                    yield {**value, name: part}

    for changed in without_each(record):
        assert standing_of(json.dumps(changed).encode(), ledger.anchor) is None


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data())
def test_verdict__one_byte_of_the_file_altered__is_never_counted(
    data: st.DataObject, ledger: SmallLedger, counted: Receipt
) -> None:
    original = encode_receipt(counted)
    at = data.draw(st.integers(0, len(original) - 2))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != original[at]))
    changed = original[:at] + bytes([byte]) + original[at + 1 :]
    assert standing_of(changed, ledger.anchor) is not Standing.COUNTED


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_verdict__file_cut_off__is_refused(data: st.DataObject, counted: Receipt) -> None:
    original = encode_receipt(counted)
    end = data.draw(st.integers(0, len(original) - 2))
    with pytest.raises(LedgerError):
        decode_receipt(original[:end])
