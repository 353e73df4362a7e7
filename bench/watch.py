"""What a watchdog costs the node that it follows.

Run     `python bench/watch.py [--blocks 60] [--ballots 200] [--pace 0.5] [--watchdogs 1] [--json]`
Load    A process runs a node and its API on a ledger made for this: every `--pace` seconds a block with `--ballots`
        signed ballots. The same once more with watchdogs, each `ortaq watch` in a process of its own, from before the
        first block to after the last.
Units   seconds of the node's processor time from the first block to the last: `made` in the thread that makes blocks,
        `served` in all others. Their ratio within a run does not depend on what else the machine does; `load` is the
        median ratio with watchdogs less that without. `core`: what watchdogs add, as a share of one core's time.
Baseline  the same node without a watchdog. Asked for: at most 5% more.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from api.app import create_app  # noqa: E402  # the path stands above
from ledger.voting.form import BallotKind  # noqa: E402
from scripts.founding.settings import load_settings  # noqa: E402
from scripts.running.ledgers import make_services  # noqa: E402
from tests.scripts.records.serving import serve_app  # noqa: E402
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small  # noqa: E402

RUNS = 3
ASKED = 0.05


def run_node(folder: Path, blocks: int, ballots: int, pace_s: float) -> None:
    """The node's process: says its URL, waits for a line, makes the blocks, says what they cost."""
    ledger = SmallLedger(found_small(folder), seats=ballots).fill()
    question = ledger.open_question(window_s=blocks * 100)
    choice = choice_of(BallotKind.APPROVAL)
    rounds = [[ledger.sign(question, seat, choice, n + 1) for seat in range(ballots)] for n in range(blocks)]
    node = ledger.node
    genesis = ledger.folder.genesis.read_bytes()
    settings = load_settings(ledger.path)
    args = (node.founding, ledger.anchor, node.chain, node.evidence, settings, None, node.clock)
    with serve_app(create_app(make_services(*args, genesis=genesis))) as url:
        say(url=url, anchor=ledger.anchor.text)
        sys.stdin.readline()
        whole, blocks_alone, began = time.process_time(), time.thread_time(), time.monotonic()
        for number, batch in enumerate(rounds):
            ledger.cast(question, batch)
            time.sleep(max(0.0, began + (number + 1) * pace_s - time.monotonic()))
        made = time.thread_time() - blocks_alone
        served = time.process_time() - whole - made
        wall = time.monotonic() - began
        say(made_s=made, served_s=served, wall_s=wall, height=node.chain.head().number)
        sys.stdin.readline()
    node.close()


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def measure(blocks: int, ballots: int, pace_s: float, watchdogs: int) -> dict[str, Any]:
    """One run. Fails unless every watchdog vouched for the last block."""
    with tempfile.TemporaryDirectory() as place:
        words = [sys.executable, __file__, "--node", str(Path(place) / "ledger")]
        words += ["--blocks", str(blocks), "--ballots", str(ballots), "--pace", str(pace_s)]
        with process(words) as node:
            start = json.loads(node.stdout.readline())
            with _watchdogs(Path(place), start, watchdogs) as folders:
                tell(node)
                found: dict[str, Any] = json.loads(node.stdout.readline())
                for folder in folders:
                    wait_for(folder, found["height"])
            tell(node)
    return found


def wait_for(folder: Path, height: int) -> None:
    """Wait until a watchdog has vouched for a block."""
    note, until = folder / "keys" / "witness.high-water", time.monotonic() + 60
    while not note.exists() or json.loads(note.read_bytes())["height"] < height:
        assert time.monotonic() < until, f"{folder}: has not come to block {height}"
        time.sleep(0.1)


@contextmanager
def _watchdogs(place: Path, start: dict[str, str], count: int) -> Iterator[list[Path]]:
    folders = [place / f"watch-{number}" for number in range(count)]
    command = [sys.executable, "-m", "scripts.cli", "watch", start["url"], "--anchor", start["anchor"], "--json"]
    started = [subprocess.Popen([*command, "--dir", str(folder)], stdout=-1, cwd=REPOSITORY) for folder in folders]
    try:
        for child in started:
            child.stdout.readline()
        yield folders
    finally:
        for child in started:
            child.terminate()
            child.wait()


@contextmanager
def process(words: list[str]) -> Iterator[Any]:
    child = subprocess.Popen(words, stdin=-1, stdout=-1, text=True, cwd=REPOSITORY)
    try:
        yield child
    finally:
        child.stdin.close()
        child.wait(60)


def share(run: dict[str, Any]) -> float:
    return run["served_s"] / run["made_s"]


def of_core(run: dict[str, Any]) -> float:
    return run["served_s"] / run["wall_s"]


def tell(child: Any) -> None:
    child.stdin.write("go\n")
    child.stdin.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=60)
    parser.add_argument("--ballots", type=int, default=200)
    parser.add_argument("--pace", type=float, default=0.5)
    parser.add_argument("--watchdogs", type=int, default=1)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--node", type=Path, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.node:
        run_node(words.node, words.blocks, words.ballots, words.pace)
        return 0
    alone, watched = [], []
    for _ in range(words.runs):
        alone.append(measure(words.blocks, words.ballots, words.pace, 0))
        watched.append(measure(words.blocks, words.ballots, words.pace, words.watchdogs))
    load = median(map(share, watched)) - median(map(share, alone))
    core = median(map(of_core, watched)) - median(map(of_core, alone))
    facts = {"alone": alone, "watched": watched, "load": load, "core": core, "asked": ASKED}
    shown = f"{words.watchdogs} watchdogs add {load:+.2%} ({core:.2%} of a core), asked: at most {ASKED:.0%}"
    print(json.dumps(facts) if words.json else shown)
    return 0 if load <= ASKED else 1


if __name__ == "__main__":
    sys.exit(main())
