"""A replay that is killed again and again, at any moment, loses nothing and ends with the right count."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest

from ledger.primitives import Height
from node.execution.pyevm.engine import open_reader
from node.folder import LedgerFolder, load_founding
from node.store.lmdb_store import LmdbStore
from tests.paths import REPOSITORY
from tests.scripts.replay.votes import approval_vote

VOTERS = 1500
KILLS = 20


def run_child(vote: Path, folder: Path, kill_after_block: int | None, delay_s: float) -> tuple[list[str], bool]:
    """Run a replay; kill it `delay_s` after its n-th acknowledged block. Its lines, and whether it was killed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.scripts.replay.child", str(vote), str(folder)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines: list[str] = []
    assert child.stdout is not None
    for line in child.stdout:
        lines.append(line.strip())
        if kill_after_block is not None and len(lines) == kill_after_block:
            threading.Thread(target=_kill, args=(child.pid, delay_s)).start()
    assert child.stderr is not None
    errors = child.stderr.read()
    code = child.wait()
    assert code in (0, -signal.SIGKILL), errors
    return lines, code != 0


def _kill(pid: int, delay_s: float) -> None:
    """SIGKILL to the replay and the process that signs for it."""
    time.sleep(delay_s)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def check_acknowledged(folder: Path, lines: list[str]) -> int:
    """Every block that was announced stands in the store as announced; the height of the head."""
    _, genesis = load_founding(LedgerFolder(folder))
    store = LmdbStore(LedgerFolder(folder).store, read_only=True)
    try:
        chain = open_reader(store, genesis.chain_id)
        for line in lines:
            if line.startswith("BLOCK"):
                _, height, block_hash = line.split()
                header = chain.header(Height(int(height)))
                assert header is not None, f"acknowledged block {height} is lost"
                assert header.hash.hex() == block_hash
                assert chain.seal(Height(int(height))) is not None
        return chain.head().number
    finally:
        store.close()


@pytest.mark.slow
def test_replay__killed_twenty_times__ends_with_the_right_count(tmp_path: Path) -> None:
    vote = approval_vote(tmp_path / "vote.pb", VOTERS)
    random = Random(20)
    folder = tmp_path / "ledger-0"
    kills = heads = 0
    lines: list[str] = []
    while kills < KILLS:
        lines, was_killed = run_child(vote, folder, random.randint(1, 3), random.uniform(0, 0.15))
        if was_killed:
            kills += 1
            head = check_acknowledged(folder, lines)
            assert head >= heads, "an acknowledged block is lost"
            heads = head
        else:
            # It came to its end first: the kills go on with another ledger.
            assert lines[-1] == f"DONE {VOTERS} True"
            folder, heads = tmp_path / f"ledger-{kills}", 0
    lines, was_killed = run_child(vote, folder, None, 0)
    assert not was_killed
    assert lines[-1] == f"DONE {VOTERS} True"
