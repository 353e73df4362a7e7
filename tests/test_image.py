"""The container image, used as its file says: a ledger on a volume, founded, run, asked and stopped."""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.terminal.console import EXIT_CANNOT_CHECK

IMAGE = os.environ.get("ORTAQ_IMAGE")
CONTAINERS = shlex.split(os.environ.get("ORTAQ_CONTAINERS", "podman"))
"""How the engine is called."""
FLAGS = shlex.split(os.environ.get("ORTAQ_CONTAINER_FLAGS", ""))
"""What this machine's engine needs to be told to run a container."""
USER = 1000
START_S = 60
STOP_S = 30

pytestmark = pytest.mark.skipif(not IMAGE, reason="no image is named: make image, then ORTAQ_IMAGE=ortaq make test")


def call(*words: object, code: int = 0) -> str:
    done = subprocess.run([*CONTAINERS, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "volume"
    path.mkdir()
    os.chown(path, USER, USER)
    return path


def ortaq(volume: Path, *words: object, code: int = 0) -> dict[str, Any]:
    """One command in a container of its own, on the volume."""
    said = call("run", "--rm", *FLAGS, "-v", f"{volume}:/ledger", IMAGE, *words, "--json", code=code)
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.fixture
def node(volume: Path) -> Iterator[str]:
    """A node on a new ledger, started by the image's own command."""
    assert ortaq(volume, "init", "/ledger", "--constitution", "replay")["rehearsal"] is True
    name = call("run", "-d", *FLAGS, "-v", f"{volume}:/ledger", IMAGE).strip()
    yield name
    call("rm", "-f", name)


def status(node: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call("exec", node, "ortaq", "node", "status", "--json"))
    return found


def test_image__engines__are_those_that_were_tried(volume: Path) -> None:
    # Kubo runs apart from the node, so that the command misses it.
    said = ortaq(volume, "engines", code=EXIT_CANNOT_CHECK)
    rows = {row["name"]: row for row in said["engines"]}
    for name in ("CometBFT", "geth"):
        assert rows[name]["tested"] is True
        assert rows[name]["path"].startswith("/usr/local/bin/")


def test_image__its_own_command__runs_a_node_that_answers_and_stops_in_order(node: str, volume: Path) -> None:
    deadline = time.monotonic() + START_S
    while status(node).get("kind") is None:
        assert time.monotonic() < deadline, call("logs", node)
        time.sleep(0.5)
    code = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8545/health').read().decode())"
    assert json.loads(call("exec", node, "python", "-c", code)) == {"status": "ok"}
    assert call("exec", node, "ortaq", "roll", "show", "--quiet") == ""
    began = time.monotonic()
    call("stop", "-t", STOP_S, node)
    assert time.monotonic() - began < STOP_S
    assert call("inspect", "--format", "{{.State.ExitCode}}", node).strip() == "0"
    assert ortaq(volume, "node", "status", "/ledger")["running"] is False
