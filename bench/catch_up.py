"""How fast a node that is behind catches up: block by block, and with a snapshot.

Run     `python bench/catch_up.py [--blocks 2000] [--ballots 4] [--network 200] [--json]`
Load    A ledger of `--blocks` blocks with `--ballots` ballots each, made on the embedded engine under simulated time. A
        follower repeats them from the feed, which a process of its own serves; another one begins with a snapshot.
        With `--network`: one validator decides on so many blocks of one transaction each; then a node that only takes
        part joins and is given all of them by CometBFT's block sync, once with pyevm and once with geth.
Units   seconds by the wall; blocks of the ledger a second. `times`: how often faster than blocks of one a second are
        made. Asked for: 20 times, or a snapshot in less than 60 s for 10,000 blocks.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from api.app import create_app  # noqa: E402  # the path stands above
from ledger.abi import contract  # noqa: E402
from ledger.chain.transaction import sign_transaction  # noqa: E402
from ledger.founding.constitution import Duty  # noqa: E402
from ledger.primitives import keccak256  # noqa: E402
from ledger.secp256k1 import address_of  # noqa: E402
from ledger.system import SystemContract  # noqa: E402
from ledger.voting.form import BallotKind  # noqa: E402
from node.consensus.comet.configuration import CometHome, CometSettings  # noqa: E402
from node.consensus.comet.members import StateMembers  # noqa: E402
from node.execution.geth.engine import GethEngine  # noqa: E402
from node.execution.pyevm.engine import PyEvmEngine  # noqa: E402
from node.folder import LedgerFolder  # noqa: E402
from node.keys import load_key  # noqa: E402
from node.validator import Member, OpenEngine, ValidatorNode  # noqa: E402
from scripts.cli import main as ortaq  # noqa: E402
from scripts.founding.settings import load_settings  # noqa: E402
from scripts.running.following import FollowerNode  # noqa: E402
from scripts.running.ledgers import open_ledger  # noqa: E402
from tests.engines import cometbft_binary  # noqa: E402
from tests.node.consensus.comet.network import found_network, submit  # noqa: E402
from tests.ports import free_ports  # noqa: E402
from tests.scripts.records.serving import serve_app  # noqa: E402
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small, member_key  # noqa: E402

SEATS = 40
PACE_S = 1.0
"""Between two blocks of a chain that is never idle."""
ASKED = 20
WAIT_S = 600


def make_ledger(path: Path, blocks: int, ballots: int) -> int:
    """A ledger of so many blocks at least; its height."""
    ledger = SmallLedger(found_small(path), seats=SEATS).fill()
    question = ledger.open_question(window_s=100 * blocks)
    choice, sequences = choice_of(BallotKind.APPROVAL), [0] * SEATS
    for number in range(blocks - ledger.node.chain.head().number):
        seats = [(ballots * number + n) % SEATS for n in range(ballots)]
        for seat in seats:
            sequences[seat] += 1
        ledger.cast(question, [ledger.sign(question, seat, choice, sequences[seat]) for seat in seats])
    height = ledger.node.chain.head().number
    ledger.node.close()
    return height


def serve(path: Path) -> None:
    """The process that serves a feed: says its URL, and ends with its input."""
    with open_ledger(path) as ledger, serve_app(create_app(ledger.services())) as url:
        print(url, flush=True)
        sys.stdin.read()


@contextmanager
def serving(path: Path) -> Iterator[str]:
    words = [sys.executable, __file__, "--serve", str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


def timed(words: list[str | Path]) -> float:
    """Seconds that a command takes in this process."""
    began = time.monotonic()
    assert ortaq([*(str(word) for word in words), "--quiet"]) == 0
    return time.monotonic() - began


def follow(path: Path, url: str) -> float:
    """Seconds until a follower has all blocks."""
    node = FollowerNode(path, url, load_settings(path))
    began = time.monotonic()
    node.catch_up()
    seconds = time.monotonic() - began
    with node:
        pass
    return seconds


def measure_follower(folder: Path, blocks: int, ballots: int) -> dict[str, Any]:
    began = time.monotonic()
    height = make_ledger(folder / "ledger", blocks, ballots)
    made_s = time.monotonic() - began
    anchor, file = folder / "ledger" / "anchor.txt", folder / "snapshot"
    with serving(folder / "ledger") as url:
        join: list[str | Path] = ["node", "join", folder / "slow", "--anchor", anchor, "--follow", url]
        timed(join)
        repeated_s = follow(folder / "slow", url)
        snapshot_s = timed(["node", "snapshot", folder / "ledger", "--out", file])
        join[2] = folder / "fast"
        joined_s = timed([*join, "--snapshot", file])
        rest_s = follow(folder / "fast", url)
    return {
        "blocks": height,
        "ballots_each": ballots,
        "made_s": round(made_s, 1),
        "repeated_s": round(repeated_s, 1),
        "repeated_blocks_s": round(height / repeated_s),
        "times": round(height * PACE_S / repeated_s),
        "snapshot_made_s": round(snapshot_s, 1),
        "snapshot_mib": round(file.stat().st_size / 2**20, 1),
        "snapshot_joined_s": round(joined_s, 1),
        "rest_s": round(rest_s, 2),
        "snapshot_blocks_s": round(height / joined_s),
    }


class Pair:
    """A validator, and nodes that come late, each in a directory of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.paths = found_network(folder, 1, guests=2)
        self._stack = stack
        self._ports = free_ports(3)
        keys = [CometHome(path / "comet").open_keys() for path in self.paths]
        self._dials = [f"{key.node_id}@127.0.0.1:{port}" for key, port in zip(keys, self._ports, strict=True)]

    def open(self, place: int, opener: OpenEngine) -> ValidatorNode:
        others = tuple(dial for n, dial in enumerate(self._dials) if n != place)
        listen = f"127.0.0.1:{self._ports[place]}"
        settings = CometSettings(listen=listen, peers=others, is_local=True)
        member = Member(cometbft_binary(), StateMembers(), settings=settings, open_engine=opener)
        node = ValidatorNode(self.paths[place], member)
        self._stack.callback(node.close)
        return node


def admit(node: ValidatorNode, path: Path, count: int) -> None:
    """So many blocks with one transaction each."""
    registrar = load_key(LedgerFolder(path).keys / f"{Duty.REGISTRAR}.json")
    for nonce in range(count):
        words = ([address_of(member_key(nonce))], [keccak256(b"commitment %d" % nonce)[:28]])
        data = contract("Membership").encode_call("admit", *words)
        place = {"chain_id": node.founding.chain_id, "nonce": nonce, "to": SystemContract.MEMBERSHIP.address}
        raw = sign_transaction(registrar.secret, data=data, gas_limit=1_000_000, **place)  # type: ignore[arg-type]
        assert node.wait(submit(node, raw), WAIT_S) is not None


def measure_network(folder: Path, blocks: int) -> dict[str, Any]:
    with ExitStack() as stack:
        pair = Pair(folder, stack)
        first = pair.open(0, PyEvmEngine)
        began = time.monotonic()
        admit(first, pair.paths[0], blocks)
        found: dict[str, Any] = {"blocks": blocks, "made_s": round(time.monotonic() - began, 1)}
        head = first.chain.head()
        openers: dict[str, OpenEngine] = {
            "pyevm": PyEvmEngine,
            "geth": lambda store, genesis: stack.enter_context(GethEngine.open(folder / "geth", genesis, store)),
        }
        for place, (name, opener) in enumerate(openers.items(), 1):
            late = pair.open(place, opener)
            began, at = time.monotonic(), late.chain.head().number
            while late.chain.head().number < head.number and time.monotonic() - began < WAIT_S:
                if late.chain.head().number == at:
                    # Finding the peer is not catching up.
                    began = time.monotonic()
                time.sleep(0.02)
            seconds = time.monotonic() - began
            assert late.chain.head().hash == head.hash
            heights = int(late.rpc.status()["sync_info"]["latest_block_height"])
            found[name] = {
                "s": round(seconds, 1),
                "blocks_s": round(head.number / seconds, 1),
                "consensus_heights_s": round(heights / seconds, 1),
            }
            late.close()
        found["consensus_heights"] = first.rpc.round()[0] - 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=2_000)
    parser.add_argument("--ballots", type=int, default=4)
    parser.add_argument("--network", type=int, default=0, metavar="BLOCKS")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if given.blocks:
            found["follower"] = measure_follower(Path(folder), given.blocks, given.ballots)
        if given.network:
            (Path(folder) / "network").mkdir()
            found["network"] = measure_network(Path(folder) / "network", given.network)
    print(json.dumps(found) if given.json else json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
