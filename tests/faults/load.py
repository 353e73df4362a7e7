"""Voters who go on casting ballots while something fails, and note what was acknowledged to them."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from ledger.abi import contract
from ledger.chain.transaction import sign_transaction
from ledger.errors import LedgerError
from ledger.primitives import Hash32, keccak256
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, SignedBallot, ballot_digest, domain_separator, encode_record, sign_ballot
from ledger.voting.choice import encode_choice, make_choice
from tests.faults.network import KIND, SEATS, FaultyNetwork
from tests.scripts.small_ledger import FORMS, member_key, voter_key

PROBE_SEATS = 16
"""The last seats cast single ballots that measure when a member is back."""
UNDER_WAY = 4
PAUSE_S = 0.25
WAIT_S = 3.0
DRAIN_S = 25.0
GAS = 400_000


@dataclass
class Register:
    """What voters know, from all loads of a network. Shape: digests; heights by digest; last sequence by seat."""

    sent: set[Hash32] = field(default_factory=set)
    acknowledged: dict[Hash32, int] = field(default_factory=dict)
    failed: dict[Hash32, str] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Cast:
    """A ballot in a transaction of its own, from a key that is used once."""

    digest: Hash32
    raw: bytes

    @property
    def hash(self) -> Hash32:
        return keccak256(self.raw)


class Voters:
    """Makes ballots, and carries each until it is acknowledged, by one member after another as a citizen would."""

    def __init__(self, network: FaultyNetwork, register: Register) -> None:
        self.network = network
        self.register = register
        self._domain = domain_separator(network.chain_id, network.question.contract)

    def make(self, seat: int) -> Cast:
        """The next ballot of a seat; nobody else casts for this seat meanwhile."""
        sequence = self.register.last.get(seat, 0) + 1
        form = FORMS[KIND]
        options = sorted({1 + (seat + sequence) % form.options, 1 + seat * sequence % form.options})
        choice = encode_choice(form, make_choice(form, tuple(options), ()))
        ballot = Ballot(Hash32(self.network.question.hash), seat, sequence, choice)
        signed = sign_ballot(self._domain, ballot, voter_key(seat))
        return Cast(ballot_digest(self._domain, ballot), self._transaction(signed))

    def carry(self, seat: int, member: int, end: float, *, tries_others: bool = True) -> bool:
        """Cast a seat's next ballot and see to it until it is acknowledged; False where time (monotonic) was over."""
        cast = self.make(seat)
        register = self.register
        with register.lock:
            register.sent.add(cast.digest)
        attempt = 0
        while time.monotonic() < end:
            height = self._try(cast, (member + attempt) % len(self.network.members), end)
            if height is not None:
                with register.lock:
                    register.acknowledged[cast.digest] = height
                    register.last[seat] = register.last.get(seat, 0) + 1
                return True
            attempt += 1 if tries_others else 0
            time.sleep(0.05)
        return False

    def _try(self, cast: Cast, member: int, end: float) -> int | None:
        """Offer a ballot to one member and wait for a while; the height of its block."""
        try:
            with self.network.door(member) as client:
                # Where it is refused it may stand in a block already: an earlier answer was lost.
                with suppress(LedgerError):
                    client.ask(submit="0x" + cast.raw.hex())
                wait_s = max(0.1, min(WAIT_S, end - time.monotonic()))
                answer = client.ask(wait="0x" + cast.hash.hex(), timeout_s=wait_s)
        except (OSError, ValueError, LedgerError):
            return None
        if answer.get("success") is False:
            with self.register.lock:
                self.register.failed[cast.digest] = f"member {member}: in block {answer['height']} in vain"
        return answer["height"] if answer.get("success") else None

    def _transaction(self, signed: SignedBallot) -> bytes:
        key = member_key(1_000 * (1 + signed.ballot.seat) + signed.ballot.sequence)
        data = contract("Ballots").encode_call("cast", self.network.question.id, encode_record(signed))
        return sign_transaction(
            key.secret,
            chain_id=self.network.chain_id,
            nonce=0,
            to=SystemContract.BALLOTS.address,
            data=data,
            gas_limit=GAS,
        )


class Load:
    """Ballots on all members, from several threads each. A context: leaving it lets those under way come to an end."""

    def __init__(self, voters: Voters) -> None:
        self._voters = voters
        count = UNDER_WAY * len(voters.network.members)
        self._stop = threading.Event()
        self._end = float("inf")
        self._threads = [threading.Thread(target=self._run, args=(n, count), daemon=True) for n in range(count)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end = time.monotonic() + DRAIN_S
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, ballots: int, timeout_s: float) -> bool:
        """Wait until so many more are acknowledged."""
        acknowledged = self._voters.register.acknowledged
        wanted, end = len(acknowledged) + ballots, time.monotonic() + timeout_s
        while len(acknowledged) < wanted:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _run(self, place: int, count: int) -> None:
        seats = range(place, SEATS - PROBE_SEATS, count)
        member, turn = place % len(self._voters.network.members), 0
        while not self._stop.is_set():
            seat = seats[turn % len(seats)]
            while not self._voters.carry(seat, member, min(self._end, time.monotonic() + DRAIN_S)):
                if self._stop.is_set():
                    return
            turn += 1
            self._stop.wait(PAUSE_S)
