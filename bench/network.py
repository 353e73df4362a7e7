"""A network of validators on this machine: transactions and ballots a second, finality, memory, Python's share.

Run     `python bench/network.py [--json] [--only bare,one,four] [--engines geth,geth,geth,geth] [--votes 4000]
        [--batched 20000] [--seats 8000] [--seconds 30]`
Baseline  the same direct votes in blocks that a bare geth builds, checks and makes its head (`testing_buildBlockV1`,
        `engine_newPayloadV3`, `engine_forkchoiceUpdatedV3`), in the same run.
Measured  transactions that stand in sealed blocks, from the first that is offered to the seal of the last; finality:
        from offering a vote to the answer that it is acknowledged, while half of the rate found is offered; memory and
        processor time of each validator's processes, from /proc.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ledger.abi import contract
from ledger.chain.genesis_file import parse_genesis
from ledger.chain.transaction import sign_transaction
from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS, Height, Timestamp
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, domain_separator, encode_record, sign_ballot
from ledger.voting.batch import cut_batches
from ledger.voting.choice import encode_choice, make_choice
from node.execution.geth import trials
from node.execution.geth.engine import GethEngine
from node.store.memory import MemoryStore
from tests.faults.member import FaultyMember, Part
from tests.faults.network import KIND, FaultyNetwork
from tests.scripts.small_ledger import FORMS, member_key, voter_key

FOUR = "geth,geth,geth,geth"
DIRECT_GAS = 200_000
OFFER_THREADS = 2
TOGETHER = 20
POLL_S = 0.05
STUCK_S = 45
WAITING = 200
"""Voters that wait at once for their ballots."""
BLOCK = 1_000
TICKS = os.sysconf("SC_CLK_TCK")


Lanes = list[list[bytes]]
"""Transactions for each thread that offers: a seat's ballots must come in their order, so all go one way."""


class Votes:
    """Signed ballots of a network's seats, each with the sequence that follows on the last."""

    def __init__(self, network: FaultyNetwork) -> None:
        self._network = network
        self._domain = domain_separator(network.chain_id, network.question.contract)
        self._last = [0] * network.seats
        self._senders = 1_000_000
        count = OFFER_THREADS * len(network.members)
        self._lanes = [range(n, network.seats, count) for n in range(count)]

    def direct(self, count: int) -> Lanes:
        """Transactions with one ballot each, from keys that are used once."""
        return [
            [self._cast(self._record(seats[n % len(seats)]), DIRECT_GAS) for n in range(count // len(self._lanes))]
            for seats in self._lanes
        ]

    def batched(self, count: int) -> tuple[Lanes, int]:
        """Transactions with as many ballots as one can hold, and how many ballots they are."""
        lanes: Lanes = [[] for _ in self._lanes]
        made = 0
        while made < count:
            for lane, seats in zip(lanes, self._lanes, strict=True):
                for cut in cut_batches(FORMS[KIND], seats):
                    part = seats[cut.start : cut.stop]
                    lane.append(self._cast(b"".join(map(self._record, part)), cut.gas))
                    made += len(part)
        return lanes, made

    def _record(self, seat: int) -> bytes:
        self._last[seat] += 1
        sequence, form = self._last[seat], FORMS[KIND]
        choice = encode_choice(form, make_choice(form, (1 + (seat + sequence) % form.options,), ()))
        ballot = Ballot(self._network.question.hash, seat, sequence, choice)
        return encode_record(sign_ballot(self._domain, ballot, voter_key(seat)))

    def _cast(self, records: bytes, gas: int) -> bytes:
        self._senders += 1
        data = contract("Ballots").encode_call("cast", self._network.question.id, records)
        fields = {"chain_id": self._network.chain_id, "nonce": 0, "to": SystemContract.BALLOTS.address, "data": data}
        return sign_transaction(member_key(self._senders).secret, gas_limit=gas, **fields)


def offer(network: FaultyNetwork, lanes: Lanes) -> None:
    """Offer transactions to all members at once, each lane in its order; waits where a mempool is full."""
    members = len(network.members)
    threads = [threading.Thread(target=_offer, args=(network, n % members, lane)) for n, lane in enumerate(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _offer(network: FaultyNetwork, member: int, raws: Sequence[bytes]) -> None:
    with network.door(member) as client:
        for at in range(0, len(raws), TOGETHER):
            waiting = list(raws[at : at + TOGETHER])
            while waiting:
                answers = client.ask(submit_all=["0x" + raw.hex() for raw in waiting])["answers"]
                refused = [
                    (raw, answer["error"]) for raw, answer in zip(waiting, answers, strict=True) if "error" in answer
                ]
                assert all("full" in error["detail"] for _, error in refused), refused[0][1]
                waiting = [raw for raw, _ in refused]
                time.sleep(POLL_S if waiting else 0)


def throughput(network: FaultyNetwork, lanes: Lanes) -> float:
    """Transactions a second until all of them are in blocks that the first member has sealed."""
    count = sum(map(len, lanes))
    with network.chain(0) as chain:
        head, seen = int(chain.head().number), 0
        start = moved = time.monotonic()
        offering = threading.Thread(target=offer, args=(network, lanes))
        offering.start()
        while seen < count:
            assert time.monotonic() < moved + STUCK_S, f"{seen} of {count} transactions, and no more for {STUCK_S} s"
            time.sleep(POLL_S)
            while chain.head().number > head and chain.seal(Height(head + 1)) is not None:
                head, moved = head + 1, time.monotonic()
                seen += len(chain.block(Height(head)).transactions)
        seconds = time.monotonic() - start
        offering.join()
    return count / seconds


def finality(network: FaultyNetwork, raws: Sequence[bytes], rate: float) -> list[float]:
    """Seconds from offering each vote to its acknowledgement, at a rate a second over all members."""
    found: list[float] = []
    places = min(WAITING, max(8, int(4 * rate)))

    def run(place: int) -> None:
        with network.door(place % len(network.members)) as client:
            for n in range(place, len(raws), places):
                time.sleep(max(0.0, start + n / rate - time.monotonic()))
                offered = time.monotonic()
                sent = client.ask(submit="0x" + raws[n].hex())["hash"]
                if client.ask(wait=sent, timeout_s=60).get("success"):
                    found.append(time.monotonic() - offered)

    start = time.monotonic() + 0.5
    threads = [threading.Thread(target=run, args=(place,)) for place in range(places)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class Usage:
    """Processor time and memory of a network's processes over a while."""

    def __init__(self, network: FaultyNetwork) -> None:
        self._members = network.members
        self._before = self._times()

    def cpu(self) -> dict[str, float]:
        """Seconds by kind of process, of all members together."""
        return {name: round(value - self._before[name], 2) for name, value in self._times().items()}

    def memory_mib(self) -> int:
        """Resident memory of the largest member, all its processes."""
        return max(sum(_memory(pid) for pid in _pids(member).values()) for member in self._members) >> 20

    def _times(self) -> dict[str, float]:
        return {
            part.value: sum(_seconds(_pids(member)[part]) for member in self._members if part in _pids(member))
            for part in Part
        }


def _pids(member: FaultyMember) -> dict[Part, int]:
    return {part: pid for part in Part if (pid := member.pid(part)) is not None}


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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
        lanes, (batches, count) = votes.direct(options.votes), votes.batched(options.batched)
        usage = Usage(network)
        direct = throughput(network, lanes)
        cpu = usage.cpu()
        found = {"validators": len(executors), "executors": list(executors), "direct_per_s": round(direct)}
        found["python_share"] = round(cpu["node"] / sum(cpu.values()), 2)
        found["cpu_s"] = cpu
        found["batched_ballots_per_s"] = round(throughput(network, batches) * count / sum(map(len, batches)))
        rate = direct / 2
        late = votes.direct(int(rate * options.seconds))
        times = sorted(finality(network, [raw for raws in zip(*late, strict=True) for raw in raws], rate))
        found["finality_unanswered"] = sum(map(len, late)) - len(times)
        found["half_load_per_s"] = round(rate)
        found["finality_median_s"] = round(statistics.median(times), 2)
        found["finality_p95_s"] = round(times[int(0.95 * len(times))], 2)
        found["memory_mib"] = usage.memory_mib()
        if options.bare:
            found["bare_per_s"] = round(bare_rate(network, [raw for raws in zip(*lanes, strict=True) for raw in raws]))
            found["ratio_to_bare"] = round(direct / found["bare_per_s"], 2)
        return found


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
