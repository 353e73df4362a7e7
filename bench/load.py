"""Load on a network: signed ballots, offered to all members at a rate or as fast as they are taken."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.abi import contract
from ledger.chain.transaction import sign_transaction
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height, keccak256
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, domain_separator, encode_record, sign_ballot
from ledger.voting.batch import cut_batches
from ledger.voting.choice import encode_choice, make_choice
from tests.faults.network import KIND, FaultyNetwork
from tests.scripts.small_ledger import FORMS, member_key, voter_key

DIRECT_GAS = 200_000
OFFER_THREADS = 2
TOGETHER = 20
LINE_BYTES = 200_000
"""Transactions offered in one call, at most, and bytes of them."""
POLL_S = 0.02
STUCK_S = 45

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Units   `seconds`: from the first offer to the last seal; `waits_s`: of each transaction from offer to seal."""

    seconds: float
    waits_s: list[float]

    @property
    def per_s(self) -> float:
        return len(self.waits_s) / self.seconds


class Load:
    """Offers transactions to all members at once, each lane in its order, and sees them sealed at the first member.

    Units   `window`: transactions that may wait at a time; `rate`: offered a second, None for as fast as they are
            taken.
    """

    def __init__(self, network: FaultyNetwork, lanes: Lanes, *, window: int, rate: float | None = None) -> None:
        self._network = network
        self._lanes = lanes
        self._window = window
        self._rate = rate
        self._lock = threading.Lock()
        self._offered: dict[Hash32, float] = {}
        self._waits: list[float] = []

    def run(self) -> Outcome:
        """AssertionError where nothing is sealed for `STUCK_S`, or an offer is refused."""
        members = len(self._network.members)
        threads = [
            threading.Thread(target=self._offer, args=(n % members, lane), daemon=True)
            for n, lane in enumerate(self._lanes)
        ]
        self._start = time.monotonic()
        with self._network.chain(0) as chain:
            head = int(chain.head().number)
            for thread in threads:
                thread.start()
            self._watch(chain, head, sum(map(len, self._lanes)))
        seconds = time.monotonic() - self._start
        for thread in threads:
            thread.join()
        return Outcome(seconds, self._waits)

    def _watch(self, chain: ChainReader, head: int, count: int) -> None:
        moved = time.monotonic()
        while len(self._waits) < count:
            assert time.monotonic() < moved + STUCK_S, f"{len(self._waits)} of {count}, and no more for {STUCK_S} s"
            time.sleep(POLL_S)
            while chain.head().number > head and chain.seal(Height(head + 1)) is not None:
                head, moved = head + 1, time.monotonic()
                raws = chain.block(Height(head)).transactions
                with self._lock:
                    self._waits += [moved - self._offered.pop(keccak256(raw)) for raw in raws]

    def _offer(self, member: int, raws: Sequence[bytes]) -> None:
        with self._network.door(member) as client:
            for part in self._parts(raws):
                now = time.monotonic()
                with self._lock:
                    self._offered |= {keccak256(raw): now for raw in part}
                answers = client.ask(submit_all=["0x" + raw.hex() for raw in part])["answers"]
                refused = [answer["error"] for answer in answers if "error" in answer]
                assert not refused, refused[0]

    def _parts(self, raws: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
        """What goes together, when its time has come and there is room."""
        for at, part in cut(raws):
            due = self._start + at * len(self._lanes) / self._rate if self._rate else 0.0
            time.sleep(max(0.0, due - time.monotonic()))
            while len(self._offered) >= self._window:
                time.sleep(POLL_S)
            yield part


def cut(raws: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    """Transactions that are offered in one call, with the index of the first."""
    together = max(1, min(TOGETHER, LINE_BYTES // max(map(len, raws))))
    for at in range(0, len(raws), together):
        yield at, raws[at : at + together]
