"""The judge alone: what it takes, what it refuses, what it remembers."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.bundle.parts import SealedBlock
from ledger.errors import CheckFailedError
from ledger.ports import Block
from ledger.primitives import Address, Gas, Hash32, Height
from ledger.proofs.anchor import Anchor
from ledger.proofs.seal import SealKind, make_seal
from node.consensus.signer import DoubleSealError
from node.execution.rules import InvalidBlockError
from node.folder import load_founding
from node.watchdog.alarms import Code
from node.watchdog.executors import Executor, UnknownExecutorError, open_executors
from node.watchdog.judge import Judge
from node.watchdog.refusals import BlockRefusedError, EarlyBlockError, PathError
from node.watchdog.signer import WitnessSigner
from tests.engines import geth_binary
from tests.scripts.small_ledger import SmallLedger

WITNESS = PrivateKey(b"\x05" * 32)


class Room:
    """A watchdog's stores, to be opened again and again."""

    def __init__(self, ledger: SmallLedger, folder: Path, stack: ExitStack) -> None:
        self.ledger, self.folder, self.stack = ledger, folder, stack
        self.anchor = ledger.anchor

    def executors(self) -> list[Executor]:
        _, genesis = load_founding(self.ledger.folder)
        return self.stack.enter_context(open_executors(["pyevm"], self.folder, genesis))

    def signer(self) -> WitnessSigner:
        self.folder.mkdir(exist_ok=True)
        return WitnessSigner(WITNESS, self.ledger.chain_id, self.folder / "high-water")

    def judge(self, clock=None, anchor: Anchor | None = None, more: tuple[Executor, ...] = ()) -> Judge:
        self.stack.close()
        executors = [*self.executors(), *more]
        return Judge(executors, self.ledger.chain_id, anchor or self.anchor, self.signer(), clock)

    def sealed(self, height: int) -> SealedBlock:
        chain = self.ledger.node.chain
        block = chain.block(Height(height))
        assert block is not None
        return SealedBlock(block, chain.receipts(Height(height)), chain.seal(Height(height)) or b"")

    def forged(self, height: int, transactions: tuple[bytes, ...] | None = None, **fields: object) -> SealedBlock:
        """A block with other fields under a good seal."""
        true = self.sealed(height)
        header = replace(true.block.header, **fields)
        seal = make_seal(SealKind.SOLO, self.ledger.chain_id, Height(height), header.hash, self.ledger.keys["sealer"])
        raws = true.block.transactions if transactions is None else transactions
        return SealedBlock(Block(header, raws), true.receipts, seal.encode())


@pytest.fixture
def room(ledger: SmallLedger, tmp_path: Path) -> Iterator[Room]:
    with ExitStack() as stack:
        yield Room(ledger, tmp_path / "watch", stack)


def test_take__true_blocks__vouched_for_and_witnessed(room: Room) -> None:
    judge = room.judge()
    assert judge.witness() is None
    for height in (1, 2):
        assert judge.take(room.sealed(height)).header.number == height
    assert judge.head.hash == room.ledger.node.chain.head().hash
    seal = judge.witness(Height(1))
    assert seal.signer(room.ledger.chain_id) == room.signer().address
    assert judge.witness(Height(3)) is None


@pytest.mark.parametrize(
    ("fields", "code", "detail"),
    [
        ({"state_root": Hash32(b"\x22" * 32)}, Code.STATE_ROOT, "state_root: found 2222"),
        ({"receipts_root": Hash32(b"\x22" * 32)}, Code.INVALID_BLOCK, "receipts_root"),
        ({"gas_limit": Gas(119_999_999)}, Code.INVALID_BLOCK, "gas_limit: found 119999999, expected 120000000"),
        ({"extra_data": b"hi"}, Code.INVALID_BLOCK, "extra_data"),
        ({"prev_randao": Hash32(b"\x22" * 32)}, Code.INVALID_BLOCK, "prev_randao"),
        ({"timestamp": 1}, Code.INVALID_BLOCK, "block time: 1, expected more than"),
        ({"fee_recipient": Address(b"\x09" * 20)}, Code.BAD_SEAL, "fee recipient"),
        ({"transactions": ()}, Code.INVALID_BLOCK, "transactions_root"),
    ],
)
def test_take__one_field_altered_under_a_good_seal__refused_by_name(
    room: Room, fields: dict[str, object], code: Code, detail: str
) -> None:
    judge = room.judge()
    with pytest.raises(BlockRefusedError, match=detail) as caught:
        judge.take(room.forged(1, **fields))
    assert (caught.value.code, caught.value.is_sealed) == (code, code is not Code.BAD_SEAL)
    assert judge.head.number == 0
    assert judge.take(room.sealed(1)).header.number == 1


def test_take__other_receipts_beside_a_good_block__said(room: Room) -> None:
    judge, sealed = room.judge(), room.sealed(1)
    assert judge.take(replace(sealed, receipts=())).receipts_differ


def test_take__block_from_the_future__waits(room: Room) -> None:
    judge, time = room.judge(lambda: clock[0]), room.sealed(1).block.header.timestamp
    clock = [time - 16.0]
    with pytest.raises(EarlyBlockError, match="at most 15 s after"):
        judge.take(room.sealed(1))
    clock[0] = time - 15.0
    assert judge.take(room.sealed(1)).header.number == 1


class Contrary:
    """An executor that finds every block invalid."""

    def __init__(self, engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str):
        return getattr(self._engine, name)

    def execute(self, block: Block, admission=None):
        raise InvalidBlockError("block: state_root: found 1, expected 2", fields=["state_root"])


def test_take__executors_disagree__not_vouched_for(room: Room) -> None:
    (first,) = room.executors()
    signer = room.signer()
    contrary = Executor("geth", Contrary(first.engine), first.chain)
    judge = Judge([first, contrary], room.ledger.chain_id, room.anchor, signer, None)
    with pytest.raises(BlockRefusedError, match="geth: block: state_root") as caught:
        judge.take(room.sealed(1))
    assert caught.value.code is Code.EXECUTOR_DISAGREEMENT
    assert (judge.head.number, signer.height) == (0, 0)


def test_anchor__later_than_genesis__needs_the_blocks_that_lead_to_it(room: Room) -> None:
    head = room.ledger.node.chain.head()
    anchor = replace(room.anchor, height=head.number, block_hash=head.hash)
    judge = room.judge(anchor=anchor)
    assert judge.path.is_needed(judge.head)
    with pytest.raises(BlockRefusedError) as caught:
        judge.take(room.sealed(1))
    assert caught.value.code is Code.WRONG_LEDGER
    hashes = [room.sealed(height).block.header.hash for height in (1, 2)]
    for wrong in (hashes[:1], [*hashes, hashes[0]], hashes[::-1]):
        with pytest.raises(PathError):
            judge.path.set(judge.head, wrong)
    judge.path.set(judge.head, hashes)
    with pytest.raises(BlockRefusedError):
        judge.take(room.forged(1, timestamp=room.sealed(1).block.header.timestamp + 1))
    judge.take(room.sealed(1))
    # What lies before the anchor is repeated, and not vouched for.
    assert room.signer().height == 0
    judge.take(room.sealed(2))
    assert room.signer().height == 2


def test_anchor__other_sealers_than_the_state_names__wrong_ledger(room: Room) -> None:
    head = room.sealed(1).block.header
    anchor = replace(room.anchor, height=Height(1), block_hash=head.hash, sealers=Hash32(b"\x03" * 32))
    judge = room.judge(anchor=anchor)
    judge.path.set(judge.head, [head.hash])
    with pytest.raises(BlockRefusedError) as caught:
        judge.take(room.sealed(1))
    assert caught.value.code is Code.WRONG_LEDGER


def test_restart__killed_between_block_and_seal__seal_and_note_are_made_good(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = room.judge()
    engine = judge._engine
    monkeypatch.setattr(engine, "put_seal", lambda *_: (_ for _ in ()).throw(CheckFailedError("killed")))
    with pytest.raises(CheckFailedError, match="killed"):
        judge.take(room.sealed(1))
    assert (engine.head().number, room.signer().height) == (1, 0)
    again = room.judge()
    assert again.chain.seal(Height(1)) == room.sealed(1).seal
    assert room.signer().height == 1
    again.take(room.sealed(2))


def test_restart__store_of_another_chain_than_the_note__refused(room: Room) -> None:
    judge = room.judge()
    judge.take(room.sealed(1))
    note = room.folder / "high-water"
    note.write_text(note.read_text().replace(judge.head.hash.hex(), "12" * 32))
    with pytest.raises(BlockRefusedError) as caught:
        room.judge()
    assert caught.value.code is Code.HISTORY_REWRITTEN


def test_signer__another_hash_at_a_noted_height__never_signed(room: Room) -> None:
    signer = room.signer()
    signer.seal(Height(5), Hash32(b"\x01" * 32))
    for again in (signer, room.signer()):
        with pytest.raises(DoubleSealError):
            again.seal(Height(5), Hash32(b"\x02" * 32))
        with pytest.raises(DoubleSealError):
            again.seal_ancestor(Height(5), Hash32(b"\x02" * 32))


def test_executors__unknown_or_twice__refused(room: Room) -> None:
    for names in (["besu"], ["pyevm", "pyevm"], []):
        with pytest.raises(UnknownExecutorError), open_executors(names, room.folder, None):
            raise AssertionError


@pytest.mark.engine
def test_take__with_both_executors__geth_finds_what_the_embedded_one_finds(room: Room) -> None:
    geth_binary()
    _, genesis = load_founding(room.ledger.folder)
    with open_executors(["pyevm"], room.folder, genesis) as alone:
        judge = Judge(alone, room.ledger.chain_id, room.anchor, room.signer(), None)
        judge.take(room.sealed(1))
    # An executor that joins later first gets the blocks that were vouched for.
    with open_executors(["geth", "pyevm"], room.folder, genesis) as both:
        judge = Judge(both, room.ledger.chain_id, room.anchor, room.signer(), None)
        assert judge.head.number == 1
        with pytest.raises(BlockRefusedError) as caught:
            judge.take(room.forged(2, state_root=Hash32(b"\x22" * 32)))
        assert caught.value.code is Code.STATE_ROOT
        assert judge.take(room.sealed(2)).header.hash == room.ledger.node.chain.head().hash
        assert {one.engine.head().number for one in both} == {2}
