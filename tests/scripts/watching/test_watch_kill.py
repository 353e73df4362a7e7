"""A watchdog killed at any moment has lost nothing that it vouched for, and contradicts nothing of it."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

from ledger.primitives import Height
from tests.paths import REPOSITORY
from tests.scripts.watching.stage import Stage

RUNS = 3


def run_and_kill(
    arguments: list[str], rng: random.Random, blocks: int
) -> tuple[tuple[int, str], list[tuple[int, str]]]:
    """(height, hash) at the opening, and those vouched for until the kill."""
    words = [sys.executable, "-m", "tests.scripts.watching.child", *arguments]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert child.stdout is not None
    assert child.stderr is not None
    opened, said = None, []
    for line in child.stdout:
        word, height, block_hash = line.split()
        if word == "OPEN":
            opened = int(height), block_hash
        else:
            said.append((int(height), block_hash))
        if len(said) >= blocks:
            time.sleep(rng.uniform(0, 0.02))
            child.kill()
            break
    said += [(int(line.split()[1]), line.split()[2]) for line in child.stdout if line.endswith("\n")]
    child.wait(timeout=60)
    errors = child.stderr.read()
    assert not errors, errors
    assert opened is not None
    return opened, said


def test_watchdog__killed_again_and_again__lost_nothing_that_it_vouched_for(stage: Stage, tmp_path: Path) -> None:
    for seat in range(10):
        stage.vote()
        stage.revote(seat)
    url, rng, last = stage.show(), random.Random(3), 0
    arguments = [str(tmp_path / "watch"), stage.ledger.anchor.text, url]
    for _ in range(RUNS):
        (height, block_hash), said = run_and_kill(arguments, rng, rng.randrange(1, 4))
        assert height >= last
        assert stage.chain.header(Height(height)).hash.hex() == block_hash
        assert [stage.chain.header(Height(number)).hash.hex() for number, _ in said] == [text for _, text in said]
        last = said[-1][0]
        note = json.loads((tmp_path / "watch" / "keys" / "witness.high-water").read_text())
        assert note["height"] >= last
        assert stage.chain.header(Height(note["height"])).hash.hex() == note["hash"]
    assert last < stage.chain.head().number
