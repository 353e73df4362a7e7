"""geth is killed, stopped, emptied or replaced by nonsense, between steps and inside: the chain goes on or says why."""

import logging
import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.ports import Block, Executed
from ledger.primitives import Gas
from node.execution.geth.engine import GethEngine
from node.execution.geth.errors import (
    ExecutorDisagreesError,
    ExecutorUnavailableError,
)
from node.execution.pyevm.engine import PyEvmEngine
from node.store.memory import MemoryStore
from tests.node.execution.conformance import COUNTER, SENDER, sign
from tests.node.execution.geth_ledger import GENESIS, GethLedger, options
from tests.node.execution.ledgers import attributes_after, make_genesis

pytestmark = pytest.mark.engine


def test_signals__between_all_steps__nothing_is_lost(ledger: GethLedger, caplog: pytest.LogCaptureFixture) -> None:
    ledger.grow(2)
    ledger.kill()
    executed = ledger.build()
    ledger.kill()
    ledger.make_head(executed)
    ledger.kill()
    assert ledger.engine.state().nonce(SENDER) == 3
    made = PyEvmEngine(ledger.twin._store, GENESIS).build([sign(nonce=3)], attributes_after(ledger.twin.head()))
    ledger.kill()
    executed = ledger.engine.execute(made.block)
    os.kill(ledger.pid, signal.SIGTERM)
    ledger.make_head(executed)
    ledger.check()
    assert ledger.engine.link.restarts == 5
    told = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert sum("geth is ended and started again" in line for line in told) == 5
    assert sum("geth answers again" in line for line in told) == 5


def test_sigkill__inside_steps__while_others_read(ledger: GethLedger) -> None:
    """A thread kills geth again and again, others read: each gets right answers, only later."""
    ledger.grow(2)
    is_over = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not is_over.is_set():
            chain = ledger.engine.reader()
            height = chain.head().number
            found = chain.state(height).storage(COUNTER, 0)
            if found != height:
                wrong.append((height, found))

    def kill() -> None:
        for _ in range(3):
            time.sleep(0.8)
            process = ledger.engine.link._process
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGKILL)
        is_over.set()

    threads = [*(threading.Thread(target=read) for _ in range(3)), threading.Thread(target=kill)]
    for thread in threads:
        thread.start()
    while not is_over.is_set():
        ledger.grow()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert ledger.engine.link.restarts >= 1
    ledger.check()


def test_sigstop__longer_than_an_answer_may_take__is_killed_and_replaced(ledger: GethLedger) -> None:
    ledger.grow()
    ledger.reopen(answer_s=1)
    stopped = ledger.pid
    os.kill(stopped, signal.SIGSTOP)
    began = time.monotonic()
    ledger.check()
    assert 1 < time.monotonic() - began < 20
    assert ledger.pid != stopped
    assert "no answer within 1 s" in str(ledger.engine.link.last_failure)


def test_sigstop__shorter_than_that__is_waited_for(ledger: GethLedger) -> None:
    ledger.grow()
    os.kill(ledger.pid, signal.SIGSTOP)
    threading.Timer(1.5, os.kill, (ledger.pid, signal.SIGCONT)).start()
    ledger.check()
    assert ledger.engine.link.restarts == 0


def test_database__removed_under_a_running_geth__is_filled_again(ledger: GethLedger) -> None:
    ledger.grow(5)
    executed = ledger.build()
    shutil.rmtree(ledger.folder / "data", ignore_errors=True)
    ledger.kill()
    ledger.make_head(executed)
    ledger.check()


@pytest.mark.parametrize("damage", ["cut", "scribbled", "other ledger"])
def test_database__unusable__is_put_aside_and_filled_again(
    ledger: GethLedger, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.grow(3)
    ledger.engine.close()
    tables = ledger.folder / "data" / "geth" / "chaindata"
    if damage == "other ledger":
        shutil.rmtree(ledger.folder / "data")
        other = make_genesis({}, Gas(100_000_000))
        GethEngine.open(ledger.folder, other, MemoryStore(), options()).close()
    for path in [*tables.glob("MANIFEST*"), *tables.glob("*.sst"), *tables.glob("*.log")]:
        if damage == "cut":
            os.truncate(path, path.stat().st_size // 2)
        elif damage == "scribbled":
            path.write_bytes(bytes(path.stat().st_size))
    ledger.engine = GethEngine.open(ledger.folder, GENESIS, ledger.store, options())
    ledger.check()
    assert (ledger.folder / "data.aside").is_dir() == ("put aside" in caplog.text)
    if damage != "cut":
        assert "put aside" in caplog.text


def test_open__geth_ahead_of_the_store__is_set_back(ledger: GethLedger) -> None:
    """As after a backup of the store was restored. The blocks that are made then are other ones."""
    ledger.grow(2)
    rows, twin_rows = dict(ledger.store._rows), dict(ledger.twin._store._rows)
    ledger.grow(4)
    ledger.engine.close()
    ledger.store, ledger.twin = MemoryStore(), PyEvmEngine(MemoryStore(), GENESIS)
    ledger.store.commit(rows)
    ledger.twin._store.commit(twin_rows)
    ledger.twin = PyEvmEngine(ledger.twin._store, GENESIS)
    ledger.engine = GethEngine.open(ledger.folder, GENESIS, ledger.store, options())
    assert ledger.engine.head().number == 2
    late = attributes_after(ledger.engine.head(), 50)
    ledger.make_head(ledger.engine.build([], late))
    assert ledger.engine.head().timestamp == late.timestamp
    executed = ledger.engine.build([sign(nonce=2)], attributes_after(ledger.engine.head()))
    ledger.make_head(executed)
    assert ledger.engine.state().storage(COUNTER, 0) == 3


def test_open__geth_on_another_branch__is_brought_over(ledger: GethLedger) -> None:
    ledger.grow(2)
    other = PyEvmEngine(MemoryStore(), GENESIS)
    for number in range(5):
        other.make_head(other.build([sign(nonce=number)], attributes_after(other.head(), 7)))
    ledger.engine.close()
    ledger.engine = GethEngine.open(ledger.folder, GENESIS, other._store, options())
    ledger.twin = other
    assert ledger.engine.state().storage(COUNTER, 0) == 5


def test_open__durable_block_that_geth_finds_invalid__is_told(ledger: GethLedger) -> None:
    """One of two executors is wrong: nobody may go on as if nothing were."""
    ledger.grow()
    executed = ledger.build()
    header = replace(executed.block.header, state_root=b"\1" * 32)
    forged = Executed(Block(header, executed.block.transactions), executed.receipts, ())
    ledger.engine._candidates[header.hash] = replace(
        ledger.engine._candidates[executed.block.header.hash], executed=forged
    )
    with pytest.raises(ExecutorDisagreesError, match=r"block 2 .* durable here, and geth finds it invalid"):
        ledger.engine.make_head(forged)
    with pytest.raises(ExecutorDisagreesError, match="block 2"):
        ledger.reopen()


def test_make_head__geth_cannot_be_started__is_durable_all_the_same(
    ledger: GethLedger, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.grow()
    executed = ledger.build()
    ledger.engine.link._options = options(patience_s=1)
    process = ledger.engine.link._process
    binary, process._binary = process._binary, Path("/bin/false")
    ledger.kill()
    ledger.make_head(executed)
    assert ledger.store.get(b"head") == (2).to_bytes(8, "big")
    assert "durable, but geth did not get it yet" in caplog.text
    with pytest.raises(ExecutorUnavailableError, match="nothing went forward for 1 s"):
        ledger.build()
    process._binary = binary
    ledger.engine.link._options = options()
    ledger.check()
