"""The embedded node: opening, refusing, and telling when something is acknowledged."""

import shutil
import threading
from pathlib import Path

import pytest

from ledger.abi import contract
from ledger.chain.transaction import BadTransactionError, sign_transaction
from ledger.founding.constitution import Duty
from ledger.primitives import Hash32, Timestamp
from ledger.system import SystemContract
from ledger.voting.ballot import SignedBallot, encode_record
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.clock import SimulatedClock, WallClock
from node.embedded import EmbeddedNode
from node.folder import NoLedgerError, WrongLedgerError
from node.mempool import MempoolError
from node.store.errors import StoreDamagedError, StoreLockedError, StoreMismatchError
from scripts.running.desk import TransactionFailedError
from tests.scripts.small_ledger import REPLAY_TEXT, SmallLedger, choice_of, found_small, member_key

CHOICE = choice_of(BallotKind.APPROVAL)


def signed_cast(
    ledger: SmallLedger, question: Question, *ballots: SignedBallot, nonce: int, chain_id: int | None = None
) -> bytes:
    data = contract("Ballots").encode_call("cast", question.id, b"".join(map(encode_record, ballots)))
    return sign_transaction(
        member_key(50).secret,
        chain_id=chain_id or ledger.chain_id,
        nonce=nonce,
        to=SystemContract.BALLOTS.address,
        data=data,
        gas_limit=3_000_000,
    )


def test_open__directory_without_a_ledger__is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoLedgerError):
        EmbeddedNode(tmp_path, member_key(1))
    assert list(tmp_path.iterdir()) == []


def test_open__second_writer__is_refused_with_the_process(ledger: SmallLedger) -> None:
    with pytest.raises(StoreLockedError, match="writes to it"):
        EmbeddedNode(ledger.path, ledger.keys["sealer"])
    ledger.open_question()


def test_open__store_of_another_ledger__is_refused(ledger: SmallLedger, tmp_path: Path) -> None:
    other = SmallLedger(found_small(tmp_path / "other"))
    other.node.close()
    ledger.node.close()
    shutil.rmtree(ledger.path / "store")
    shutil.copytree(other.path / "store", ledger.path / "store")
    with pytest.raises(StoreMismatchError):
        SmallLedger(ledger.path)


def test_open__truncated_store__is_refused_and_left_as_it_is(ledger: SmallLedger) -> None:
    ledger.node.close()
    data = ledger.path / "store" / "data.mdb"
    whole = data.read_bytes()
    data.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreDamagedError, match="cut off"):
        SmallLedger(ledger.path)
    assert len(data.read_bytes()) == len(whole) // 2
    data.write_bytes(whole)
    SmallLedger(ledger.path).node.close()


def test_open__founding_text_edited__is_refused_and_the_store_untouched(ledger: SmallLedger) -> None:
    ledger.node.close()
    ledger.folder.constitution.write_bytes(REPLAY_TEXT + b"\n")
    with pytest.raises(WrongLedgerError):
        EmbeddedNode(ledger.path, ledger.keys["sealer"])


def test_open__clock_of_the_constitution__is_taken(ledger: SmallLedger, tmp_path: Path) -> None:
    assert isinstance(ledger.node.clock, SimulatedClock)
    assert ledger.node.clock.now() == ledger.node.chain.head().timestamp
    text = REPLAY_TEXT.replace(b'clock = "simulated"', b'clock = "wall"')
    real = SmallLedger(found_small(tmp_path / "wall", text))
    assert isinstance(real.node.clock, WallClock)
    real.node.close()


def test_open__close__twice_does_no_harm(ledger: SmallLedger) -> None:
    ledger.node.close()
    ledger.node.close()
    with EmbeddedNode(ledger.path, ledger.keys["sealer"]) as node:
        assert node.chain.head().number == 2


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x02", b"\xff" * 50, bytes(200_000)])
def test_submit__bytes_that_are_no_transaction__are_refused(ledger: SmallLedger, raw: bytes) -> None:
    with pytest.raises(BadTransactionError):
        ledger.node.submit(raw)


def test_submit__for_another_chain__is_refused(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    raw = signed_cast(ledger, question, ledger.sign(question, 1, CHOICE), nonce=0, chain_id=ledger.chain_id + 1)
    with pytest.raises(BadTransactionError, match="chain"):
        ledger.node.submit(raw)


def test_submit__again_after_its_block__is_refused_as_used(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    raw = signed_cast(ledger, question, ledger.sign(question, 1, CHOICE), nonce=0)
    sent = ledger.node.submit(raw)
    assert ledger.node.submit(raw) == sent
    ledger.node.make_block()
    with pytest.raises(MempoolError, match="expected at least 1"):
        ledger.node.submit(raw)


def test_acknowledged__before_and_after_the_block__says_where(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    sent = ledger.node.submit(signed_cast(ledger, question, ledger.sign(question, 1, CHOICE), nonce=0))
    assert ledger.node.acknowledged(sent) is None
    assert ledger.node.wait(sent, 0.01) is None
    ledger.node.make_block()
    placed = ledger.node.acknowledged(sent)
    assert placed is not None
    assert (placed.height, placed.index, placed.success) == (ledger.node.chain.head().number, 0, True)
    assert ledger.node.acknowledged(Hash32(bytes(32))) is None


def test_wait__block_made_by_another_thread__returns_at_once(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    sent = ledger.node.submit(signed_cast(ledger, question, ledger.sign(question, 1, CHOICE), nonce=0))
    maker = threading.Timer(0.1, ledger.node.make_block)
    maker.start()
    placed = ledger.node.wait(sent, 20)
    maker.join()
    assert placed is not None
    assert placed.success


def test_wait__refused_in_the_block__returns_none_with_a_reason(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    sent = ledger.node.submit(signed_cast(ledger, question, ledger.sign(question, 1, CHOICE, 200), nonce=0))
    ledger.node.make_block()
    assert ledger.node.wait(sent, 5) is None
    assert "reverted" in (ledger.node.mempool.reason(sent) or "")


def test_make_block__time__follows_the_simulated_clock(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    ledger.advance_to(Timestamp(question.opens + 100))
    ledger.cast(question, [ledger.sign(question, 1, CHOICE)])
    assert ledger.node.chain.head().timestamp == question.opens + 100


def test_make_block__outside_the_window__counts_nothing(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    ledger.advance_to(question.closes)
    sent = ledger.node.submit(signed_cast(ledger, question, ledger.sign(question, 1, CHOICE), nonce=0))
    assert ledger.node.make_block() is None
    assert ledger.node.mempool.reason(sent) is not None


def test_desk__call_that_reverts__names_the_contracts_reason(ledger: SmallLedger) -> None:
    registrar = ledger.keys[Duty.REGISTRAR]
    with pytest.raises(TransactionFailedError, match="roll: ragged keys"):
        ledger.desk.call(registrar, SystemContract.ROLL, "fill", b"\x01" * 19)
    # The desk goes on with the right nonce.
    assert ledger.desk.call(registrar, SystemContract.MEMBERSHIP, "admit", [b"\x07" * 20], [b"\x08" * 28])
