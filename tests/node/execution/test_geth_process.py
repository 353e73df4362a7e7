"""The process and its doors: what geth opens, what it is started with, and programs that are no geth."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.primitives import Height, Timestamp
from node.execution.geth.binary import VARIABLE, find_geth, read_version
from node.execution.geth.engine import GethEngine, open_reader
from node.execution.geth.errors import (
    ExecutorMissingError,
    ExecutorUnavailableError,
)
from node.execution.geth.process import GethOptions
from node.execution.pyevm.engine import PyEvmEngine
from node.store.errors import StoreDamagedError
from node.store.lmdb_store import LmdbStore
from node.store.memory import MemoryStore
from tests.node.execution.conformance import COUNTER, sign
from tests.node.execution.geth_ledger import GENESIS, GethLedger, options
from tests.node.execution.ledgers import attributes_after

pytestmark = pytest.mark.engine


def test_endpoints__whatever_the_environment_says__are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens but the socket of its owner and the engine port on loopback, which asks for the secret."""
    monkeypatch.setenv("GETH_HTTP", "true")
    monkeypatch.setenv("GETH_HTTP_PORT", "0")
    ledger = GethLedger(tmp_path / "geth")
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
    ledger.engine.close()


def test_secret__of_the_engine_port__is_made_anew_at_each_start(ledger: GethLedger) -> None:
    path = ledger.folder / "jwt"
    before = path.read_text()
    path.unlink()
    ledger.kill()
    ledger.check()
    assert len(path.read_text()) == 64
    assert path.read_text() != before
    path.write_text("no secret")
    path.chmod(0o644)
    ledger.kill()
    ledger.check()
    assert len(path.read_text()) == 64
    assert path.stat().st_mode & 0o777 == 0o600


def test_open__geth_of_a_killed_node__is_ended_first(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.node.execution.geth_ledger import GethLedger\n"
        "ledger = GethLedger(Path(sys.argv[1]))\n"
        "ledger.grow()\n"
        "print(ledger.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "geth")], capture_output=True, text=True, check=False
    )
    orphan = int(child.stdout)
    assert Path(f"/proc/{orphan}").exists()
    ledger = GethLedger(tmp_path / "geth")
    state = Path(f"/proc/{orphan}/stat")
    assert not state.exists() or state.read_text().split(")")[1].split()[0] == "Z"
    ledger.check()
    ledger.engine.close()


def test_open__folder_with_a_long_name__has_its_socket_elsewhere(tmp_path: Path) -> None:
    ledger = GethLedger(tmp_path / ("x" * 120) / "geth")
    socket = ledger.engine.link._process.socket
    assert len(str(socket)) < 100
    ledger.check()
    ledger.engine.close()
    assert not socket.parent.exists()


def test_open__two_years_of_time_between_blocks__is_no_matter(ledger: GethLedger) -> None:
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


def test_close__then_asked__is_unavailable(ledger: GethLedger) -> None:
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
