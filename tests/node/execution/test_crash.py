"""A node killed at any moment opens again at a whole block, never older than the last one it acknowledged."""

import random
import subprocess
import sys
import time
from pathlib import Path

from tests.paths import REPOSITORY

RUNS = 7


def run_and_kill(store: Path, rng: random.Random, kills_in_commit: bool) -> tuple[int, int, int]:
    """(height at opening, last height started, last height done) of a child that was killed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.node.execution.crash_child", str(store)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    opened, started, done, target = -1, 0, 0, rng.randrange(2, 8)
    word = "COMMIT" if kills_in_commit else "DONE"
    for line in child.stdout:
        name, height = line.split()[0], int(line.split()[1])
        opened = height if name == "OPEN" else opened
        started = height if name == "COMMIT" else started
        done = height if name == "DONE" else done
        if name == word and height >= opened + target:
            time.sleep(rng.uniform(0, 0.004) if kills_in_commit else rng.uniform(0, 0.02))
            child.kill()
            break
    for line in child.stdout:
        started = int(line.split()[1]) if line.startswith("COMMIT") else started
        done = int(line.split()[1]) if line.startswith("DONE ") and line.endswith("\n") else done
    child.wait(timeout=60)
    errors = child.stderr.read()
    assert not errors, errors
    return opened, started, done


def test_engine__killed_again_and_again__opens_at_the_last_whole_block(tmp_path: Path) -> None:
    rng = random.Random(7)
    done = started = in_commit = 0
    for run in range(RUNS):
        opened, next_started, next_done = run_and_kill(tmp_path / "store", rng, run % 4 != 3)
        assert done <= opened <= max(started, done), f"run {run}: opened at {opened}, done {done}, started {started}"
        started, done = next_started, max(next_done, opened)
        in_commit += started > done
    assert done > 2 * RUNS
    assert in_commit > 0
