"""A network of validators on this machine: transactions and ballots a second, finality, memory, Python's share.

Run     `python bench/network.py [--json] [--only one,four] [--engines geth,geth,geth,geth] [--votes 10000]
        [--batched 20000] [--seats 10000] [--seconds 30]`
Baseline  `geth --dev` alone on the same votes, offered in the same way (`bench/dev_geth.py`): network and baseline take
        turns, for a machine's pace changes from one minute to the next.
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
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.dev_geth import DevGeth
from bench.load import Load, Votes
from bench.usage import Usage
from ledger.chain.genesis_file import parse_genesis
from tests.faults.network import FaultyNetwork

FOUR = "geth,geth,geth,geth"
ROUNDS = 2
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
        found = {"validators": len(executors), "executors": list(executors)}
        found |= _direct(network, votes, options)
        batches, count = votes.batched(options.batched)
        usage = Usage(network)
        outcome = Load(network, batches, window=BATCHED_WINDOW).run()
        found["batched_ballots_per_s"] = round(count / outcome.seconds)
        found["batched"] = _shares(usage.cpu(), count)
        found |= _finality(network, votes, found["direct_per_s"] / 2, options.seconds)
        found["memory_mib"] = Usage(network).memory_mib()
        return found


def _direct(network: FaultyNetwork, votes: Votes, options: argparse.Namespace) -> dict:
    """Votes of one ballot each, in rounds; after each `geth --dev` on the same votes."""
    each = options.votes // ROUNDS
    seconds = {"network": 0.0, "dev": 0.0}
    cpu: Counter[str] = Counter()
    with dev_geth(network) if options.dev else nullcontext() as dev:
        for _ in range(ROUNDS):
            lanes = votes.direct(each)
            usage = Usage(network)
            seconds["network"] += Load(network, lanes, window=DIRECT_WINDOW).run().seconds
            cpu.update(usage.cpu())
            if dev is not None:
                seconds["dev"] += sum(map(len, lanes)) / dev.rate(lanes, DIRECT_WINDOW)
    count = ROUNDS * sum(map(len, lanes))
    found = {"direct_per_s": round(count / seconds["network"]), **_shares(cpu, count)}
    if options.dev:
        found["dev_per_s"] = round(count / seconds["dev"])
        found["ratio_to_dev"] = round(seconds["dev"] / seconds["network"], 2)
    return found


def _shares(cpu: Mapping[str, float], count: int) -> dict:
    """Processor time of all members together, by kind of process."""
    return {
        "python_share": round(cpu["node"] / sum(cpu.values()), 2),
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


@contextmanager
def dev_geth(network: FaultyNetwork) -> Iterator[DevGeth]:
    """`geth --dev` on the network's state as it is now."""
    genesis = parse_genesis((network.members[0].folder / "genesis.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        with network.chain(0) as chain:
            geth = DevGeth(Path(folder) / "geth", genesis, chain, chain.head().number)
        try:
            yield geth
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
    parser.add_argument("--votes", type=int, default=10_000)
    parser.add_argument("--batched", type=int, default=20_000)
    parser.add_argument("--seats", type=int, default=10_000)
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
