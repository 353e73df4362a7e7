"""A node as its own process: found by other commands, fed through its door, stopped cleanly, killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.proofs.anchor import decode_anchor
from ledger.proofs.receipt_json import decode_receipt
from ledger.proofs.verdict import Standing, check_receipt
from ledger.voting.form import BallotKind
from node.clock import SimulatedClock
from node.embedded import EmbeddedNode
from node.keys import load_key, save_key
from scripts.cli import main
from scripts.running.control import SOCKET_NAME
from scripts.running.ledgers import RUNNING_NAME, running_node
from tests.paths import REPOSITORY
from tests.scripts.small_ledger import REPLAY_TEXT, SmallLedger, found_small, voter_key

WALL_TEXT = REPLAY_TEXT.replace(b'clock = "simulated"', b'clock = "wall"')
START_S = 60


@contextmanager
def process(*words: object, **variables: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A command that stays, with the object that it prints first. It is killed if it does not end by itself."""
    command = [sys.executable, "-m", "scripts.cli", *map(str, words), "--json"]
    environment = {**os.environ, **variables}
    started = subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        assert line, started.stderr.read() if started.stderr else ""
        yield started, json.loads(line)
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate(timeout=START_S)


def stop(started: subprocess.Popen[str], number: int = signal.SIGTERM) -> int:
    started.send_signal(number)
    return started.wait(timeout=START_S)


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal's ledger with a wall clock, members, seats and a question that is open for an hour."""
    folder = tmp_path_factory.mktemp("running")
    path = found_small(folder / "ledger", WALL_TEXT)
    ledger = SmallLedger(path, clock=SimulatedClock(int(time.time()) - 100))
    ledger.fill()
    ledger.open_question(BallotKind.APPROVAL, window_s=3600)
    ledger.node.close()
    for seat in range(4):
        save_key(folder / "voters", f"seat {seat}", voter_key(seat), None)
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main([str(word) for word in words] + ["--json"])
    return code, json.loads(capsys.readouterr().out)


def test_node__started_used_and_stopped__keeps_what_was_acknowledged(
    wall: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(wall)
    path = wall / "ledger"
    with process("node", "start", path, "--port", 0) as (node, facts):
        url = facts["url"]
        assert running_node(path).url == url
        assert httpx.get(f"{url}/health").json() == {"status": "ok"}
        assert httpx.get(f"{url}/ready").json()["status"] == "ready"
        said = run(capsys, "node", "status", path)[1]
        assert (said["url"], said["kind"], said["executor"], said["mempool"]) == (url, "solo", "pyevm", 0)
        assert run(capsys, "node", "status", url)[1]["seal"] == "sealed"

        # Officers' transactions go through the door, though the store is locked.
        (wall / "f").write_bytes(b"content")
        code, added = run(capsys, "evidence", "add", "f", "-l", path)
        assert (code, added["number"]) == (0, 1)

        # A citizen's ballot by URL, and another one by the directory.
        words = ["ballot", "cast", "--question", 1, "--choice", "1,2"]
        code, sent = run(capsys, *words, "--seat", 0, "--key", "voters/seat-0.json", "-l", url)
        assert (code, sent["acknowledged"]) == (0, True)
        code, other = run(capsys, *words, "--seat", 1, "--key", "voters/seat-1.json", "-l", path)
        assert code == 0
        receipt = decode_receipt((wall / other["receipt"]).read_bytes())
        assert check_receipt(receipt, decode_anchor((path / "anchor.txt").read_text())).standing is Standing.COUNTED
        assert run(capsys, "vote", "result", 1, "-l", url)[1]["turnout"] == 2

        code, refused = run(capsys, *words, "--seat", 2, "--key", "voters/seat-0.json", "-l", url)
        assert (code, refused["type"]) == (2, "ballot-refused")
        code, refused = run(capsys, *words, "--seat", 2, "--key", "voters/seat-0.json", "-l", path)
        assert (code, refused["type"]) == (2, "ballot-refused")

        assert run(capsys, "node", "start", path, "--port", 0)[1]["type"] == "store-locked"
        assert stop(node) == 0
    assert not (path / RUNNING_NAME).exists()
    assert not (path / SOCKET_NAME).exists()
    assert run(capsys, "vote", "result", 1, "-l", path)[1]["turnout"] == 2


def test_node__killed__leaves_a_ledger_that_starts_again(
    wall: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(wall)
    path = wall / "ledger"
    before = run(capsys, "vote", "result", 1, "-l", path)[1]["turnout"]
    with process("node", "start", path, "--port", 0) as (node, facts):
        words = ["ballot", "cast", "--question", 1, "--choice", "3", "--seat", 3, "--key", "voters/seat-3.json"]
        assert run(capsys, *words, "-l", facts["url"])[1]["acknowledged"]
        assert stop(node, signal.SIGKILL) == -signal.SIGKILL
    # The note and the door of the dead node stand there still, and mislead nobody.
    assert (path / RUNNING_NAME).exists()
    assert run(capsys, "node", "status", path)[1]["running"] is False
    (wall / "g").write_bytes(b"more")
    assert run(capsys, "evidence", "add", "g", "-l", path)[0] == 0
    with process("node", "start", path, "--port", 0) as (node, _):
        assert run(capsys, "vote", "result", 1, "-l", path)[1]["turnout"] == before + 1
        assert stop(node, signal.SIGINT) == 0


def test_serve__beside_nothing__shows_pages_and_takes_no_ballots(wall: Path) -> None:
    with process("serve", wall / "ledger", "--port", 0) as (server, facts):
        assert "text/html" in httpx.get(facts["url"], headers={"accept": "text/html"}).headers["content-type"]
        message = {"vote": 1, "seat": 0, "sequence": 9, "choice": "0x0001", "signature": "0x" + "11" * 64}
        answer = httpx.post(f"{facts['url']}/api/v1/ballots", json=message)
        assert (answer.status_code, answer.json()["type"]) == (503, "no-relay")
        assert stop(server) == 0


def test_serve__beside_a_running_node__sees_its_blocks(
    wall: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(wall)
    path = wall / "ledger"
    with (
        process("node", "start", path, "--port", 0) as (node, _),
        process("serve", path, "--port", 0) as (server, facts),
    ):
        before = run(capsys, "node", "status", facts["url"])[1]["height"]
        (wall / "h").write_bytes(b"seen")
        run(capsys, "evidence", "add", "h", "-l", path)
        assert run(capsys, "node", "status", facts["url"])[1]["height"] == before + 1
        assert (stop(server), stop(node)) == (0, 0)


@pytest.mark.parametrize("words", [["serve"], ["node", "start"]])
def test_port__in_use__is_said_and_nothing_is_opened(
    wall: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, facts = run(capsys, *words, wall / "ledger", "--port", port)
    assert (code, facts["type"], facts["port"]) == (2, "port-in-use", port)
    assert "ORTAQ_HTTP_PORT" in facts["detail"]


def test_node__without_the_sequencers_key__is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = found_small(tmp_path / "ledger")
    (path / "keys" / "sealer.json").unlink()
    code, facts = run(capsys, "node", "start", path, "--port", 0)
    assert (code, facts["type"]) == (2, "bad-key-file")
    assert "key of the sealer" in facts["detail"]


def test_node__sealer_replaced_by_ballot__stops_with_an_error(tmp_path: Path) -> None:
    """The key in the directory is not the one that Permissions names: no block, and the node says so and ends."""
    path = found_small(tmp_path / "ledger", WALL_TEXT)
    other = found_small(tmp_path / "other")
    (path / "keys" / "sealer.json").write_bytes((other / "keys" / "sealer.json").read_bytes())
    (path / "f").write_bytes(b"x")
    with process("node", "start", path, "--port", 0) as (node, _):
        words = [sys.executable, "-m", "scripts.cli", "evidence", "add", str(path / "f"), "-l", str(path)]
        sender = subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        code = node.wait(timeout=START_S)
        sender.kill()
        sender.wait(timeout=START_S)
    assert code == 1


def test_running_node__note_that_is_none__is_nobody(tmp_path: Path) -> None:
    assert running_node(tmp_path) is None
    for text in ("", "{}", '{"pid": "x", "url": ""}', '{"pid": 999999999, "url": "http://x"}'):
        (tmp_path / RUNNING_NAME).write_text(text)
        assert running_node(tmp_path) is None


def test_embedded__after_all_that__opens_with_every_block_sealed(wall: Path) -> None:
    path = wall / "ledger"
    with EmbeddedNode(path, load_key(path / "keys" / "sealer.json")) as node:
        head = node.chain.head().number
        assert all(node.chain.seal(height) for height in range(1, head + 1))
