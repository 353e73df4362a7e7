"""geth is killed, stopped, emptied or replaced by nonsense, between steps and inside: the chain goes on or says why."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.ports import Block, Executed
from ledger.primitives import Gas, Height, Timestamp
from node.execution.geth.binary import VARIABLE, find_geth, read_version
from node.execution.geth.engine import GethEngine, open_reader
from node.execution.geth.errors import (
    ExecutorDisagreesError,
    ExecutorMissingError,
    ExecutorUnavailableError,
)
from node.execution.geth.process import GethOptions
from node.execution.pyevm.engine import PyEvmEngine
from node.store.errors import StoreDamagedError
from node.store.lmdb_store import LmdbStore
from node.store.memory import MemoryStore
from tests.engines import geth_binary
from tests.node.execution.conformance import ALLOC, COUNTER, SENDER, sign
from tests.node.execution.ledgers import attributes_after, make_genesis

pytestmark = pytest.mark.engine
GENESIS = make_genesis(ALLOC)


def options(**changes) -> GethOptions:
    quick = GethOptions(geth_binary(), cache_mib=64, start_s=30, stop_s=10, answer_s=10, patience_s=60)
    return replace(quick, **changes)


class Ledger:
    """An engine with a store of its own, and the embedded engine beside it that says what is right."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryStore()
        self.twin = PyEvmEngine(MemoryStore(), GENESIS)
        self.engine = GethEngine.open(folder, GENESIS, self.store, options())

    def build(self) -> Executed:
        return self.engine.build([sign(nonce=self.engine.head().number)], attributes_after(self.engine.head()))

    def make_head(self, executed: Executed) -> None:
        self.twin.make_head(self.twin.execute(executed.block))
        self.engine.make_head(executed)

    def grow(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.make_head(self.build())

    def check(self) -> None:
        """Same head and state as the twin's, and another block can be made."""
        self.grow()
        assert self.engine.head() == self.twin.head()
        assert self.engine.state().proof(COUNTER, [0]) == self.twin.state().proof(COUNTER, [0])

    @property
    def pid(self) -> int:
        pid = self.engine.link._process.pid
        assert pid is not None
        return pid

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def reopen(self, **changes) -> None:
        self.engine.close()
        self.engine = GethEngine.open(self.folder, GENESIS, self.store, options(**changes))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "geth")
    yield ledger
    ledger.engine.close()


def test_sigkill__between_all_steps__nothing_is_lost(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
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
    ledger.kill()
    ledger.make_head(executed)
    ledger.check()
    assert ledger.engine.link.restarts == 5
    told = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert sum("geth is ended and started again" in line for line in told) == 5
    assert sum("geth answers again" in line for line in told) == 5


def test_sigkill__inside_steps__while_others_read(ledger: Ledger) -> None:
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
        for _ in range(4):
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


def test_sigstop__longer_than_an_answer_may_take__is_killed_and_replaced(ledger: Ledger) -> None:
    ledger.grow()
    ledger.reopen(answer_s=1)
    stopped = ledger.pid
    os.kill(stopped, signal.SIGSTOP)
    began = time.monotonic()
    ledger.check()
    assert 1 < time.monotonic() - began < 20
    assert ledger.pid != stopped
    assert "no answer within 1 s" in str(ledger.engine.link.last_failure)


def test_sigstop__shorter_than_that__is_waited_for(ledger: Ledger) -> None:
    ledger.grow()
    os.kill(ledger.pid, signal.SIGSTOP)
    threading.Timer(1.5, os.kill, (ledger.pid, signal.SIGCONT)).start()
    ledger.check()
    assert ledger.engine.link.restarts == 0


def test_sigterm__from_outside__is_replaced(ledger: Ledger) -> None:
    ledger.grow()
    os.kill(ledger.pid, signal.SIGTERM)
    ledger.check()


def test_database__removed_under_a_running_geth__is_filled_again(ledger: Ledger) -> None:
    ledger.grow(5)
    executed = ledger.build()
    shutil.rmtree(ledger.folder / "data", ignore_errors=True)
    ledger.kill()
    ledger.make_head(executed)
    ledger.check()


@pytest.mark.parametrize("damage", ["cut", "scribbled", "other ledger"])
def test_database__unusable__is_put_aside_and_filled_again(
    ledger: Ledger, damage: str, caplog: pytest.LogCaptureFixture
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


def test_open__geth_ahead_of_the_store__is_set_back(ledger: Ledger) -> None:
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


def test_open__geth_on_another_branch__is_brought_over(ledger: Ledger) -> None:
    ledger.grow(2)
    other = PyEvmEngine(MemoryStore(), GENESIS)
    for number in range(5):
        other.make_head(other.build([sign(nonce=number)], attributes_after(other.head(), 7)))
    ledger.engine.close()
    ledger.engine = GethEngine.open(ledger.folder, GENESIS, other._store, options())
    ledger.twin = other
    assert ledger.engine.state().storage(COUNTER, 0) == 5


def test_open__durable_block_that_geth_finds_invalid__is_told(ledger: Ledger) -> None:
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
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.grow()
    ledger.reopen(patience_s=1, start_s=1)
    executed = ledger.build()
    process = ledger.engine.link._process
    binary, process._binary = process._binary, Path("/bin/false")
    ledger.kill()
    ledger.make_head(executed)
    assert ledger.store.get(b"head") == (2).to_bytes(8, "big")
    assert "durable, but geth did not get it yet" in caplog.text
    with pytest.raises(ExecutorUnavailableError, match="nothing went forward for 1 s"):
        ledger.build()
    process._binary = binary
    ledger.check()


def test_endpoints__are_private(ledger: Ledger) -> None:
    """Nothing listens but the socket of its owner and the engine port on loopback, which asks for the secret."""
    inodes = set()
    for entry in Path(f"/proc/{ledger.pid}/fd").iterdir():
        target = entry.readlink().name if entry.is_symlink() else ""
        inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{ledger.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                listening.append(fields[1])
    assert len(listening) == 1
    address, port = listening[0].split(":")
    assert address == "0100007F"
    assert (ledger.folder / "geth.ipc").stat().st_mode & 0o777 == 0o600
    assert (ledger.folder / "jwt").stat().st_mode & 0o777 == 0o600
    httpx = pytest.importorskip("httpx")
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    for headers in ({}, {"Authorization": "Bearer e30.e30.AAAA"}):
        answer = httpx.post(f"http://127.0.0.1:{int(port, 16)}", json=request, headers=headers, trust_env=False)
        assert answer.status_code == 401


@pytest.mark.parametrize("change", ["missing", "wrong"])
def test_secret__of_the_engine_port__is_made_anew_at_each_start(ledger: Ledger, change: str) -> None:
    path = ledger.folder / "jwt"
    before = path.read_text()
    path.unlink()
    if change == "wrong":
        path.write_text("no secret")
    ledger.kill()
    ledger.check()
    assert len(path.read_text()) == 64
    assert path.read_text() != before
    assert path.stat().st_mode & 0o777 == 0o600


def test_environment__geths_own_variables__open_no_door(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GETH_HTTP", "true")
    monkeypatch.setenv("GETH_HTTP_PORT", "0")
    ledger.reopen()
    test_endpoints__are_private(ledger)


def test_open__geth_of_a_killed_node__is_ended_first(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.node.execution.test_geth_faults import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "ledger.grow()\n"
        "print(ledger.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "geth")], capture_output=True, text=True, check=False
    )
    orphan = int(child.stdout)
    assert Path(f"/proc/{orphan}").exists()
    ledger = Ledger(tmp_path / "geth")
    state = Path(f"/proc/{orphan}/stat")
    assert not state.exists() or state.read_text().split(")")[1].split()[0] == "Z"
    ledger.check()
    ledger.engine.close()


def test_open__folder_with_a_long_name__has_its_socket_elsewhere(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / ("x" * 120) / "geth")
    socket = ledger.engine.link._process.socket
    assert len(str(socket)) < 100
    ledger.check()
    ledger.engine.close()
    assert not socket.parent.exists()


def test_open__two_years_of_time_between_blocks__is_no_matter(ledger: Ledger) -> None:
    """A simulated clock may be far behind or ahead of the wall's."""
    far = replace(attributes_after(ledger.engine.head()), timestamp=Timestamp(4_000_000_000))
    ledger.make_head(ledger.engine.build([sign()], far))
    ledger.check()


def test_reader__of_another_process__answers_while_geth_runs(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path / "store")
    engine = GethEngine.open(tmp_path / "geth", GENESIS, store, options())
    engine.make_head(engine.build([sign()], attributes_after(engine.head())))
    other = open_reader(tmp_path / "geth", store)
    assert other.state().storage(COUNTER, 0) == 1
    assert other.state(Height(0)).storage(COUNTER, 0) == 0
    engine.close()
    with pytest.raises(StoreDamagedError, match="geth keeps the states"):
        PyEvmEngine(store, GENESIS)
    store.close()


def test_close__then_asked__is_unavailable(ledger: Ledger) -> None:
    view = ledger.engine.state()
    ledger.engine.close()
    with pytest.raises(ExecutorUnavailableError, match="closed"):
        view.storage(COUNTER, 1)


FAKE = """#!{python}
import json, socket, sys, threading, time
if "--version" in sys.argv:
    print("geth version 9.9.9-fake")
    sys.exit()
if "init" in sys.argv:
    sys.exit()
path = next(argument.split("=", 1)[1] for argument in sys.argv if argument.startswith("--ipcpath="))
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
def serve(connection):
    while data := connection.recv(100_000):
        {answer}
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
NONSENSE = {
    "not JSON": ('connection.sendall(b"<html>hello\\n")', "JSONDecodeError"),
    "null": ('connection.sendall(b"null\\n")', "expected the answer"),
    "always 7": (
        'connection.sendall(json.dumps({"id": json.loads(data)["id"], "result": 7}).encode() + b"\\n")',
        "eth_getBlockByNumber",
    ),
    "nothing": ("time.sleep(100)", "no answer within 0.5 s"),
}


@pytest.mark.parametrize(("answer", "reason"), NONSENSE.values(), ids=NONSENSE.keys())
def test_open__program_that_talks_nonsense__fails_with_the_reason(
    tmp_path: Path, answer: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    program = tmp_path / "fake"
    program.write_text(FAKE.format(python=sys.executable, answer=answer))
    program.chmod(0o755)
    impatient = GethOptions(program, start_s=5, stop_s=2, answer_s=0.5, patience_s=2)
    with pytest.raises(ExecutorUnavailableError, match=reason):
        GethEngine.open(tmp_path / "geth", GENESIS, MemoryStore(), impatient)
    assert "geth 9.9.9 was not tried with this node" in caplog.text


def test_find_geth__no_program__is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))
    with pytest.raises(ExecutorMissingError, match="make engine-geth"):
        find_geth()
    with pytest.raises(ExecutorMissingError, match="expected geth's version"):
        read_version(Path("/bin/echo"))
    with pytest.raises(ExecutorMissingError, match="cannot be run"):
        read_version(tmp_path)
