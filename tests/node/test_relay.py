"""The relay: batches, duplicates, refusals with their reason, promises."""

import pytest

from ledger.chain.transaction import decode_transaction
from ledger.founding.constitution import Duty
from ledger.primitives import Hash32
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.views.acceptance import BallotRefusedError
from ledger.views.questions import load_tally
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator, encode_record
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node import relay as relay_module
from node.relay import BatchingRelay, RelayBusyError
from tests.scripts.small_ledger import SmallLedger, choice_of, member_key

CHOICE = choice_of(BallotKind.APPROVAL)
OTHER = choice_of(BallotKind.APPROVAL, [2])


@pytest.fixture
def relay(ledger: SmallLedger) -> BatchingRelay:
    return BatchingRelay(ledger.node, ledger.keys[Duty.RELAY])


def digest_of(ledger: SmallLedger, question: Question, signed: SignedBallot) -> Hash32:
    return ballot_digest(domain_separator(ledger.chain_id, question.contract), signed.ballot)


def submit(ledger: SmallLedger, relay: BatchingRelay, question: Question, signed: SignedBallot):
    return relay.submit(question.id, encode_record(signed), digest_of(ledger, question, signed))


def make_block(ledger: SmallLedger, relay: BatchingRelay) -> int:
    """One turn of whoever makes blocks; how many transactions the block had."""
    relay.send()
    sealed = ledger.node.make_block()
    relay.settle()
    return 0 if sealed is None else len(sealed.executed.block.transactions)


def test_relay__ballots_of_several_questions__go_in_one_batch_each(ledger: SmallLedger, relay: BatchingRelay) -> None:
    first, second = ledger.open_question(), ledger.open_question()
    waiting = [
        submit(ledger, relay, question, ledger.sign(question, seat, CHOICE))
        for seat in (5, 1, 3)
        for question in (first, second)
    ]

    assert make_block(ledger, relay) == 2

    height = ledger.node.chain.head().number
    assert [future.result(0) for future in waiting] == [height] * 6
    for question in (first, second):
        assert load_tally(ledger.node.chain.state(), question.id).turnout == 3
    block = ledger.node.chain.block(height)
    senders = {decode_transaction(raw, ledger.chain_id).sender for raw in block.transactions}
    assert senders == {address_of(ledger.keys[Duty.RELAY])}


def test_relay__two_ballots_of_one_seat__both_count_in_their_order(ledger: SmallLedger, relay: BatchingRelay) -> None:
    question = ledger.open_question()
    later = submit(ledger, relay, question, ledger.sign(question, 2, OTHER, 2))
    earlier = submit(ledger, relay, question, ledger.sign(question, 2, CHOICE, 1))
    make_block(ledger, relay)
    assert later.result(0) == earlier.result(0)
    assert load_tally(ledger.node.chain.state(), question.id).votes[1] == 1


def test_relay__same_ballot_again__joins_the_one_that_waits(ledger: SmallLedger, relay: BatchingRelay) -> None:
    question = ledger.open_question()
    signed = ledger.sign(question, 2, CHOICE)
    future = submit(ledger, relay, question, signed)
    assert submit(ledger, relay, question, signed) is future
    relay.send()
    assert submit(ledger, relay, question, signed) is future
    assert make_block(ledger, relay) == 1
    assert future.done()


def test_relay__ballot_that_came_by_another_way__is_done_with_its_block(
    ledger: SmallLedger, relay: BatchingRelay
) -> None:
    question = ledger.open_question()
    signed = ledger.sign(question, 2, CHOICE)
    future = submit(ledger, relay, question, signed)
    height = ledger.cast(question, [signed])
    make_block(ledger, relay)
    assert future.result(0) == height


def test_relay__bad_ballot_among_good_ones__alone_is_refused(ledger: SmallLedger, relay: BatchingRelay) -> None:
    question = ledger.open_question()
    good = submit(ledger, relay, question, ledger.sign(question, 1, CHOICE))
    bad = submit(ledger, relay, question, ledger.sign(question, 2, CHOICE, 200))
    make_block(ledger, relay)
    assert good.result(0) == ledger.node.chain.head().number
    with pytest.raises(BallotRefusedError) as caught:
        bad.result(0)
    assert caught.value.facts["reason"] == "sequence"


def test_relay__window_over__refuses_all_with_the_reason(ledger: SmallLedger, relay: BatchingRelay) -> None:
    question = ledger.open_question()
    future = submit(ledger, relay, question, ledger.sign(question, 1, CHOICE))
    ledger.advance_to(question.closes)
    assert make_block(ledger, relay) == 0
    with pytest.raises(BallotRefusedError, match="closed"):
        future.result(0)


def test_relay__transaction_lost_for_anothers_fault__is_sent_again(ledger: SmallLedger, relay: BatchingRelay) -> None:
    """The batch before it reverts as a whole, so that its nonce stays unused and the next one's does not fit."""
    first, second = ledger.open_question(), ledger.open_question()
    bad = submit(ledger, relay, first, ledger.sign(first, 1, CHOICE, 200))
    good = submit(ledger, relay, second, ledger.sign(second, 1, CHOICE))
    make_block(ledger, relay)
    assert isinstance(bad.exception(0), BallotRefusedError)
    assert not good.done()
    assert make_block(ledger, relay) == 1
    assert good.result(0) == ledger.node.chain.head().number


def test_relay__good_ballot_refused_again_and_again__is_given_up(
    ledger: SmallLedger, relay: BatchingRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ledger.open_question()
    future = submit(ledger, relay, question, ledger.sign(question, 1, CHOICE))
    for _ in range(relay_module.MAX_TRANSACTIONS):
        assert not future.done()
        relay.send()
        for waiting in ledger.node.mempool.take(ledger.node.chain.state()):
            ledger.node.mempool.refuse(waiting.hash, "a fault of the mempool")
        relay.settle()
    with pytest.raises(BallotRefusedError, match="send it again"):
        future.result(0)


def test_relay__full__says_so(ledger: SmallLedger, relay: BatchingRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "MAX_WAITING", 1)
    question = ledger.open_question()
    submit(ledger, relay, question, ledger.sign(question, 1, CHOICE))
    with pytest.raises(RelayBusyError, match="1 ballots wait"):
        submit(ledger, relay, question, ledger.sign(question, 2, CHOICE))
    make_block(ledger, relay)
    submit(ledger, relay, question, ledger.sign(question, 2, CHOICE))


def test_relay__submission__wakes_whoever_makes_blocks(ledger: SmallLedger, relay: BatchingRelay) -> None:
    woken = []
    relay.on_submit(lambda: woken.append(True))
    question = ledger.open_question()
    submit(ledger, relay, question, ledger.sign(question, 1, CHOICE))
    assert woken == [True]


def test_relay__promise__is_signed_by_its_key_for_this_ballot(ledger: SmallLedger, relay: BatchingRelay) -> None:
    question = ledger.open_question()
    digest = digest_of(ledger, question, ledger.sign(question, 1, CHOICE))
    promise = relay.promise(digest)
    assert promise.relay() == address_of(ledger.keys[Duty.RELAY])
    assert (promise.ballot_digest, promise.chain_id) == (digest, ledger.chain_id)
    assert promise.include_by > ledger.node.chain.head().number


def test_relay__key_without_any_duty__carries_just_as_well(ledger: SmallLedger) -> None:
    relay = BatchingRelay(ledger.node, member_key(77))
    question = ledger.open_question()
    future = submit(ledger, relay, question, ledger.sign(question, 1, CHOICE))
    make_block(ledger, relay)
    assert future.result(0) == ledger.node.chain.head().number
    assert question.contract == SystemContract.BALLOTS.address
