"""Carrying on a chain whose blocks somebody else makes: ballots by a courier, officers' calls by a remote desk."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.founding.constitution import Duty
from ledger.primitives import keccak256
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.acceptance import BallotRefusedError
from ledger.views.questions import load_tally
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator, encode_record
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.relay import BatchingRelay
from scripts.running.carriers import Done
from scripts.running.courier import Courier
from scripts.running.desk import TransactionFailedError
from scripts.running.remote_desk import RemoteDesk
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small

CHOICE = choice_of(BallotKind.APPROVAL)
OTHER = choice_of(BallotKind.APPROVAL, [2])
BLOCK_S = 0.15


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = SmallLedger(found_small(tmp_path_factory.mktemp("carried") / "ledger")).fill()
    ledger.node.close()
    return ledger.path


@pytest.fixture
def ledger(filled: Path, tmp_path: Path) -> Iterator[SmallLedger]:
    shutil.copytree(filled, tmp_path / "ledger")
    opened = SmallLedger(tmp_path / "ledger")
    yield opened
    opened.node.close()


@contextmanager
def blocks_by_themselves(ledger: SmallLedger) -> Iterator[None]:
    """Somebody who makes blocks at times of their own."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(BLOCK_S):
            ledger.node.make_block()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Waiting:
    """A carrier that only looks."""

    def __init__(self, ledger: SmallLedger) -> None:
        self._node = ledger.node
        self.submit = ledger.node.submit

    def wait(self, sent: bytes) -> Done | str | None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            placed = self._node.acknowledged(sent)
            if placed is not None:
                return Done(placed.height, placed.index, placed.success)
            if (reason := self._node.mempool.reason(sent)) is not None:
                return reason
            time.sleep(0.02)
        return None


def submit(ledger: SmallLedger, relay: BatchingRelay, question: Question, signed: SignedBallot):
    digest = ballot_digest(domain_separator(ledger.chain_id, question.contract), signed.ballot)
    return relay.submit(question.id, encode_record(signed), digest)


def test_courier__ballots_in_a_trickle__all_come_into_blocks(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    relay = BatchingRelay(ledger.node, ledger.keys[Duty.RELAY])
    with blocks_by_themselves(ledger), Courier(ledger.node, relay, 0.05) as courier:
        relay.on_submit(courier.wake)
        waiting = []
        for sequence in (1, 2):
            for seat in range(12):
                waiting.append(submit(ledger, relay, question, ledger.sign(question, seat, CHOICE, sequence)))
                time.sleep(0.02)
        heights = [future.result(20) for future in waiting]
        assert len(set(heights)) > 1
        assert heights == sorted(heights)
        late = submit(ledger, relay, question, ledger.sign(question, 0, OTHER, 1))
        with pytest.raises(BallotRefusedError):
            late.result(20)
        assert relay.is_idle
        assert courier.failure is None
    assert load_tally(ledger.node.chain.state(), question.id).turnout == 12
    assert courier.stopped.is_set()


def anchor(number: int) -> tuple[bytes, bytes, bytes]:
    """Arguments of `Evidence.anchor` for a document."""
    return b"\x01\x55\x12\x20" + keccak256(b"%d" % number), b"invoice".ljust(32, b"\0"), bytes(32)


def test_remote_desk__many_calls__take_effect_in_their_order(ledger: SmallLedger) -> None:
    desk = RemoteDesk(Waiting(ledger), ledger.node.chain, ledger.chain_id)
    treasurer = ledger.keys[Duty.TREASURER]
    with blocks_by_themselves(ledger):
        for number in range(20):
            desk.send(treasurer, SystemContract.EVIDENCE, "anchor", *anchor(number))
        assert desk.flush() == ledger.node.chain.head().number
    state = ledger.node.chain.state()
    kept = [read(state, SystemContract.EVIDENCE, "evidence", place + 1)[0][0] for place in range(20)]
    assert kept == [anchor(number)[0] for number in range(20)]


def test_remote_desk__call_that_reverts__is_told_with_the_contracts_reason(ledger: SmallLedger) -> None:
    desk = RemoteDesk(Waiting(ledger), ledger.node.chain, ledger.chain_id)
    with blocks_by_themselves(ledger):
        with pytest.raises(TransactionFailedError, match=r"Roll\.fill: duties: caller lacks the duty"):
            desk.call(ledger.keys[Duty.TREASURER], SystemContract.ROLL, "fill", bytes(20))
        assert desk.call(ledger.keys[Duty.TREASURER], SystemContract.EVIDENCE, "anchor", *anchor(0)) > 0
