"""The sequencer: what it does when something fails between a durable block and its seal."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.chain.transaction import decode_transaction, sign_transaction
from ledger.primitives import Hash32
from ledger.proofs.code import ballot_code
from ledger.proofs.seal import decode_seal
from ledger.system import SystemContract
from ledger.views.ballot_index import find_by_code
from ledger.views.seals import SealState, check_seal
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.consensus.signer import DoubleSealError
from node.consensus.solo import WrongSealerError
from node.embedded import EmbeddedNode
from node.mempool import MempoolError
from node.store.errors import StoreFullError
from scripts.running.desk import TransactionFailedError
from tests.scripts.small_ledger import SmallLedger, choice_of, member_key

CHOICE = choice_of(BallotKind.APPROVAL)


class PowerCutError(Exception):
    """The machine stops here."""


def reopen(ledger: SmallLedger) -> EmbeddedNode:
    ledger.node.close()
    ledger.node = EmbeddedNode(ledger.path, ledger.keys["sealer"])
    return ledger.node


def is_sealed(node: EmbeddedNode) -> bool:
    header = node.chain.head()
    return check_seal(node.chain, node.founding.chain_id, header).state is SealState.SEALED


def cut_power(*_: object, **__: object) -> None:
    raise PowerCutError


@pytest.mark.parametrize("place", ["before the note", "after the note", "before the seal is kept"])
def test_recover__crash_after_the_block_was_durable__seals_it_and_indexes_it(
    ledger: SmallLedger, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    question = ledger.open_question()
    ballot = ledger.sign(question, 2, CHOICE)
    target = {
        "before the note": "node.consensus.signer.write_durably",
        "after the note": "node.consensus.signer.make_seal",
        "before the seal is kept": "node.execution.pyevm.engine.PyEvmEngine.put_seal",
    }[place]
    monkeypatch.setattr(target, cut_power)
    with pytest.raises(PowerCutError):
        ledger.cast(question, [ballot])
    height = ledger.node.chain.head().number
    assert ledger.node.chain.seal(height) is None
    monkeypatch.undo()

    node = reopen(ledger)

    assert node.chain.head().number == height
    assert is_sealed(node)
    (place_found,) = find_by_code(node.chain, code_of(ledger, question, ballot))
    assert place_found.height == height


def code_of(ledger: SmallLedger, question: Question, ballot: SignedBallot) -> str:
    return ballot_code(ballot_digest(domain_separator(ledger.chain_id, question.contract), ballot.ballot))


def test_recover__crash_before_the_block_was_durable__leaves_no_trace(
    ledger: SmallLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ledger.open_question()
    before = ledger.node.chain.head()
    monkeypatch.setattr("node.execution.pyevm.engine.PyEvmEngine.make_head", cut_power)
    with pytest.raises(PowerCutError):
        ledger.cast(question, [ledger.sign(question, 2, CHOICE)])
    monkeypatch.undo()

    node = reopen(ledger)

    assert node.chain.head() == before
    assert is_sealed(node)


def test_make_block__seal_could_not_be_kept__is_made_good_without_a_restart(
    ledger: SmallLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk between the block and its seal: once there is room the ballot is acknowledged, and counted once."""
    question = ledger.open_question()

    def no_room(*_: object, **__: object) -> None:
        raise StoreFullError("store: no room")

    monkeypatch.setattr("node.execution.pyevm.engine.PyEvmEngine.put_seal", no_room)
    with pytest.raises(StoreFullError):
        ledger.cast(question, [ledger.sign(question, 2, CHOICE)])
    monkeypatch.undo()
    (waiting,) = ledger.node.mempool.take(Zero())
    assert ledger.node.acknowledged(waiting.hash) is None

    assert ledger.node.make_block() is None

    placed = ledger.node.acknowledged(waiting.hash)
    assert placed is not None
    assert placed.success
    assert waiting.hash not in ledger.node.mempool
    assert is_sealed(ledger.node)


class Zero:
    """A state in which the relay has sent nothing yet."""

    def nonce(self, _: bytes) -> int:
        return 0


def test_make_block__backup_restored__is_refused_before_anything_is_written(
    ledger: SmallLedger, tmp_path: Path
) -> None:
    question = ledger.open_question()
    ledger.node.close()
    backup = ledger.copy_to(tmp_path / "backup")
    with closing_node(SmallLedger(ledger.path)) as newer:
        newer.advance_to(question.opens)
        newer.cast(question, [newer.sign(question, seat, CHOICE) for seat in range(4)])
        sealed = newer.node.chain.head().number
    # The store goes back; the signer's file, which is newer, stays.
    shutil.rmtree(ledger.path / "store")
    shutil.copytree(backup / "store", ledger.path / "store")

    with closing_node(SmallLedger(ledger.path)) as restored:
        head = restored.node.chain.head()
        assert head.number == sealed - 1
        restored.advance_to(question.opens)
        with pytest.raises(DoubleSealError, match="was an old backup restored"):
            restored.cast(question, [restored.sign(question, 9, CHOICE)])
        assert restored.node.chain.head() == head
        assert is_sealed(restored.node)
    SmallLedger(ledger.path).node.close()


@contextmanager
def closing_node(ledger: SmallLedger) -> Iterator[SmallLedger]:
    try:
        yield ledger
    finally:
        ledger.node.close()


def test_make_block__same_block_after_a_restored_store__is_sealed_again(ledger: SmallLedger, tmp_path: Path) -> None:
    """The signer refuses another block, not the same one: feeding back what was lost is how a backup is completed."""
    question = ledger.open_question()
    ledger.node.close()
    backup = ledger.copy_to(tmp_path / "backup")
    ledger = SmallLedger(ledger.path)
    ledger.advance_to(question.opens)
    ledger.cast(question, [ledger.sign(question, 1, CHOICE)])
    lost = ledger.node.chain.head()
    seal = ledger.node.chain.seal(lost.number)
    ledger.node.close()
    shutil.rmtree(ledger.path / "store")
    shutil.copytree(backup / "store", ledger.path / "store")

    again = SmallLedger(ledger.path)
    try:
        again.advance_to(question.opens)
        again.cast(question, [again.sign(question, 1, CHOICE)])
        assert again.node.chain.head() == lost
        assert again.node.chain.seal(lost.number) == seal
    finally:
        again.node.close()


def test_recover__high_water_file_lost__is_written_again_from_the_store(ledger: SmallLedger) -> None:
    ledger.open_question()
    head = ledger.node.chain.head()
    ledger.folder.high_water.unlink()
    reopen(ledger)
    assert json.loads(ledger.folder.high_water.read_text())["height"] == head.number


def test_make_block__sealer_who_is_none__is_refused(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    ledger.node.close()
    (ledger.folder.high_water).unlink()
    ledger.node = EmbeddedNode(ledger.path, member_key(3))
    ledger.desk = type(ledger.desk)(ledger.node)
    with pytest.raises(WrongSealerError, match="Permissions names"):
        ledger.cast(question, [ledger.sign(question, 2, CHOICE)])


def test_make_block__nothing_waits__makes_none(ledger: SmallLedger) -> None:
    head = ledger.node.chain.head()
    assert ledger.node.make_block() is None
    assert ledger.node.chain.head() == head


def test_make_block__ballot_that_counts_nowhere__is_refused_with_the_reason(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    head = ledger.node.chain.head()
    stolen = ledger.sign(question, 2, CHOICE, sequence=9)
    with pytest.raises(TransactionFailedError):
        ledger.cast(question, [stolen])
    assert ledger.node.chain.head() == head
    ledger.cast(question, [ledger.sign(question, 2, CHOICE)])


def test_seal__of_each_block__names_height_and_hash(ledger: SmallLedger) -> None:
    ledger.open_question()
    head = ledger.node.chain.head()
    seal = decode_seal(ledger.node.chain.seal(head.number))
    assert (seal.height, seal.block_hash) == (head.number, head.hash)
    record = json.loads(ledger.folder.high_water.read_text())
    assert (record["height"], record["hash"]) == (head.number, head.hash.hex())


def test_submit__sender_without_duty__is_refused(ledger: SmallLedger) -> None:
    raw = sign_transaction(
        member_key(1).secret,
        chain_id=ledger.chain_id,
        nonce=0,
        to=SystemContract.TREASURY.address,
        data=b"",
        gas_limit=100_000,
    )
    with pytest.raises(MempoolError, match="holds no duty"):
        ledger.node.submit(raw)
    assert decode_transaction(raw, ledger.chain_id).hash not in ledger.node.mempool
    assert ledger.node.mempool.reason(Hash32(bytes(32))) is None
