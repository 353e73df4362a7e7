"""A network of validators on this machine: transactions and ballots a second, finality, memory, Python's share.

Run     `python bench/network.py [--json] [--only one,four] [--engines geth,geth,geth,geth] [--votes 4000]
        [--batched 20000] [--seats 8000] [--seconds 30]`
Baseline  the same direct votes in blocks that a bare geth builds, checks and makes its head (`testing_buildBlockV1`,
        `engine_newPayloadV3`, `engine_forkchoiceUpdatedV3`), in the same run. Its own pool takes no transactions
        without a tip, so `geth --dev` cannot be given the same ones.
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
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.load import Lanes, Load, Votes
from bench.usage import Usage
from ledger.chain.genesis_file import parse_genesis
from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS, Height, Timestamp
from node.execution.geth import trials
from node.execution.geth.engine import GethEngine
from node.store.memory import MemoryStore
from tests.faults.network import FaultyNetwork

FOUR = "geth,geth,geth,geth"
BLOCK = 1_000
"""Votes that a bare geth gets at a time."""
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
    """All numbers of one network, and those of a bare geth on the votes that it decided."""
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
        if options.bare:
            found["bare_per_s"] = round(bare_rate(network, _flat(lanes)))
            found["ratio_to_bare"] = round(direct / found["bare_per_s"], 2)
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


def _flat(lanes: Lanes) -> list[bytes]:
    return [raw for raws in zip(*lanes, strict=True) for raw in raws]


def bare_rate(network: FaultyNetwork, raws: Sequence[bytes]) -> float:
    """What geth alone reaches on the same votes, in blocks of 1,000, on the state in which they were cast."""
    genesis = parse_genesis((network.members[0].folder / "genesis.json").read_text())
    wanted = set(raws)
    with (
        tempfile.TemporaryDirectory() as folder,
        network.chain(0) as chain,
        GethEngine.open(Path(folder) / "geth", genesis, MemoryStore()) as engine,
    ):
        for height in range(1, chain.head().number + 1):
            block = chain.block(Height(height))
            if wanted & set(block.transactions):
                break
            engine.make_head(engine.execute(block))
        seconds = sum(_bare_block(engine, raws[at : at + BLOCK]) for at in range(0, len(raws), BLOCK))
    return len(raws) / seconds


def _bare_block(engine: GethEngine, raws: Sequence[bytes]) -> float:
    """Seconds in which geth builds a block, checks it, and makes it its head."""
    parent = engine.head()
    attributes = BlockAttributes(Timestamp(parent.timestamp + 1), ZERO_ADDRESS, b"", parent.gas_limit)
    start = time.monotonic()
    block = trials.build(engine.link, parent, attributes, raws)
    assert trials.execute(engine.link, block).reason is None
    assert trials.make_head(engine.link, block.header)
    seconds = time.monotonic() - start
    engine.make_head(engine.execute(block))
    return seconds


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
    parser.add_argument("--bare", action=argparse.BooleanOptionalAction, default=True)
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
