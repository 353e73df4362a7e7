"""A network of validators on this machine: transactions and ballots a second, finality, memory, Python's share.

Run     `python bench/network.py [--json] [--only one,four] [--engines geth,geth,geth,geth] [--votes 4000]
        [--batched 20000] [--seats 8000] [--seconds 30]`
Baseline  `geth --dev` alone on the same votes, offered in the same way, in the same run (`bench/dev_geth.py`).
Measured  transactions that stand in sealed blocks of the first member, from the first that is offered to the seal of
        the last, while no more wait than a block or two hold; finality: from a transaction's offer to its seal, while
        half of the rate found is offered; memory and processor time of each validator's processes, from /proc.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.dev_geth import DevGeth
from bench.load import Lanes, Load, Votes
from bench.usage import Usage
from ledger.chain.genesis_file import parse_genesis
from ledger.primitives import Height
from tests.faults.network import FaultyNetwork

FOUR = "geth,geth,geth,geth"
DIRECT_WINDOW = 2_000
BATCHED_WINDOW = 40


@contextmanager
def running(executors: Sequence[str], seats: int) -> Iterator[FaultyNetwork]:
    with tempfile.TemporaryDirectory() as folder:
        network = FaultyNetwork(Path(folder), executors, seats=seats, has_links=False)
        try:
            yield network.open()
        finally:
            network.close()


def measure(executors: Sequence[str], options: argparse.Namespace) -> dict:
    """All numbers of one network, and those of `geth --dev` on the votes that it decided."""
    with running(executors, options.seats) as network:
        votes = Votes(network)
        lanes = votes.direct(options.votes)
        found = {"validators": len(executors), "executors": list(executors)}
        usage = Usage(network)
        direct = Load(network, lanes, window=DIRECT_WINDOW).run().per_s
        found |= {"direct_per_s": round(direct), **_shares(usage, sum(map(len, lanes)))}
        batches, count = votes.batched(options.batched)
        usage = Usage(network)
        outcome = Load(network, batches, window=BATCHED_WINDOW).run()
        found["batched_ballots_per_s"] = round(count / outcome.seconds)
        found["batched"] = _shares(usage, count)
        found |= _finality(network, votes, direct / 2, options.seconds)
        found["memory_mib"] = usage.memory_mib()
        if options.dev:
            found["dev_per_s"] = round(dev_rate(network, lanes))
            found["ratio_to_dev"] = round(direct / found["dev_per_s"], 2)
        return found


def _shares(usage: Usage, count: int) -> dict:
    """Processor time of all members together, by kind of process."""
    cpu = usage.cpu()
    total = sum(cpu.values())
    return {
        "python_share": round(cpu["node"] / total, 2),
        "cpu_us_each": {k: round(1e6 * v / count) for k, v in cpu.items()},
    }


def _finality(network: FaultyNetwork, votes: Votes, rate: float, seconds: float) -> dict:
    lanes = votes.direct(int(rate * seconds))
    waits = sorted(Load(network, lanes, window=10**9, rate=rate).run().waits_s)
    return {
        "half_load_per_s": round(rate),
        "finality_median_s": round(statistics.median(waits), 2),
        "finality_p95_s": round(waits[int(0.95 * len(waits))], 2),
    }


def dev_rate(network: FaultyNetwork, lanes: Lanes) -> float:
    """What `geth --dev` reaches on the same votes, on the state in which they were cast."""
    genesis = parse_genesis((network.members[0].folder / "genesis.json").read_text())
    wanted = {raw for lane in lanes for raw in lane}
    with tempfile.TemporaryDirectory() as folder, network.chain(0) as chain:
        height = Height(0)
        while (block := chain.block(Height(height + 1))) is not None and not wanted & set(block.transactions):
            height = Height(height + 1)
        geth = DevGeth(Path(folder) / "geth", genesis, chain, height)
        try:
            return geth.rate(lanes, DIRECT_WINDOW)
        finally:
            geth.close()


def _end(*_: object) -> None:
    """Let a benchmark that is told to end close its networks."""
    sys.exit(1)


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default="one,four", help="which networks: one, four")
    parser.add_argument("--engines", default=FOUR)
    parser.add_argument("--votes", type=int, default=4_000)
    parser.add_argument("--batched", type=int, default=20_000)
    parser.add_argument("--seats", type=int, default=8_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--dev", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    executors = options.engines.split(",")
    chosen = {"one": executors[:1], "four": executors}
    rows = [measure(chosen[name], options) for name in options.only.split(",")]
    record = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1), "networks": rows}
    if options.json:
        print(json.dumps(record, indent=1))
        return
    for row in rows:
        print(*(f"{name}: {value}" for name, value in row.items()), sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
