"""A network for fault tests, founded, filled and run by the product: each member in processes of its own."""

import atexit
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from coincurve import PrivateKey

from ledger.ports import ChainReader
from ledger.primitives import ZERO_HASH, Height, keccak256
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.views.questions import load_question
from ledger.voting.form import BallotKind
from ledger.voting.question import EffectKind, Option, Question
from node.consensus.comet.configuration import CometHome
from node.keys import load_key
from scripts.network.folder import MemberPlan
from scripts.network.founding import found_network, trial_text
from scripts.running.carriers import RemoteCarrier
from scripts.running.control import ControlClient
from scripts.running.ledgers import open_ledger
from scripts.running.remote_desk import RemoteDesk
from tests.faults.links import Links
from tests.faults.member import COMMAND, FaultyMember, processes_of
from tests.ports import free_ports
from tests.scripts.small_ledger import FORMS, member_key, voter_key

SEATS = 160
READY_S = 90
DAY_S = 86_400
KIND = BallotKind.APPROVAL
LEAD_S = 4
MISSED_TURNS_S = 8
"""What a block may take longer for each member that is away when its turn comes."""
TOGETHER = 160
"""Members that one transaction admits."""
POLL_S = 0.1


class FaultyNetwork:
    """Members on this machine, joined by links that can fail. Whoever makes one closes it.

    Shape   `executors`: one for each member; `commands`: what runs a member instead of the product's own command;
            without `has_links` members dial each other directly; `question`: the vote that is open, `chain_id`: the
            ledger's.
    """

    def __init__(
        self,
        folder: Path,
        executors: Sequence[str],
        commands: dict[int, Sequence[str]] | None = None,
        *,
        seats: int = SEATS,
        has_links: bool = True,
    ) -> None:
        ports = free_ports(len(executors))
        plans = [MemberPlan(f"validator{n + 1}", name, 0, ports[n]) for n, name in enumerate(executors)]
        self.folder = found_network(folder / "network", plans, *trial_text("replay"))
        self.members = [
            FaultyMember(self.folder.member(plan), (commands or {}).get(n, COMMAND), len(plans))
            for n, plan in enumerate(plans)
        ]
        self.links = Links(ports)
        self.seats = seats
        self._has_links = has_links
        self.question: Question
        self.chain_id = 0

    def open(self, *, without: Sequence[int] = ()) -> "FaultyNetwork":
        """Start the members, fill the roll and open a vote."""
        atexit.register(self.close)
        self.links.__enter__()
        if self._has_links:
            self._dial_through_links()
        for n, member in enumerate(self.members):
            if n not in without:
                member.start()
        self.wait_until_ready([n for n in range(len(self.members)) if n not in without])
        self._prepare(LEAD_S + MISSED_TURNS_S * len(without))
        return self

    def close(self) -> None:
        """End every process that was started; whatever is left over afterwards is an error."""
        atexit.unregister(self.close)
        self.links.heal()
        threads = [threading.Thread(target=member.stop) for member in self.members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.links.__exit__()
        left = processes_of(self.folder.path)
        assert not left, left

    def wait_until_ready(self, members: Sequence[int], timeout_s: float = READY_S) -> None:
        """Wait until members take part: their consensus answers and catches up no more."""
        end = time.monotonic() + timeout_s
        for n in members:
            while not self._is_ready(n):
                assert time.monotonic() < end, f"member {n} is not there after {timeout_s} s\n{self.members[n].log()}"
                time.sleep(POLL_S)

    @contextmanager
    def door(self, member: int) -> Iterator[ControlClient]:
        """Errors: OSError while the member's door is closed."""
        client = self.members[member].connect()
        if client is None:
            raise ConnectionRefusedError(f"member {member} has no door")
        try:
            yield client
        finally:
            client.close()

    def standing(self, member: int) -> dict | None:
        """What a member says of itself, None while it does not."""
        try:
            with self.door(member) as client:
                return client.ask(status=True)
        except (OSError, ValueError):
            return None

    @contextmanager
    def chain(self, member: int) -> Iterator[ChainReader]:
        """A member's store, read beside its node."""
        with open_ledger(self.members[member].folder) as opened:
            yield opened.chain

    def heights(self) -> list[int]:
        """Of the newest block that each member's store holds."""
        found = []
        for n in range(len(self.members)):
            with self.chain(n) as chain:
                found.append(int(chain.head().number))
        return found

    def _is_ready(self, n: int) -> bool:
        standing = self.standing(n)
        if standing is None or standing["catching_up"] is not False:
            return False
        return standing["peers"] > 0 or len(self.members) == 1

    def _dial_through_links(self) -> None:
        ids = [CometHome(member.folder / "comet").open_keys().node_id for member in self.members]
        for n, member in enumerate(self.members):
            others = [m for m in range(len(ids)) if m != n]
            peers = ",".join(f"{ids[m]}@127.0.0.1:{self.links.port(n, m)}" for m in others)
            with (member.folder / "ortaq.toml").open("a") as file:
                file.write(f"p2p_peers = {json.dumps(peers)}\n")

    def _prepare(self, lead_s: int) -> None:
        """Fill the seats and open a vote, through the member that founded the network."""
        keys = {name: load_key(self.members[0].folder / "keys" / f"{name}.json") for name in _OFFICERS}
        with open_ledger(self.members[0].folder) as opened, self.door(0) as client:
            self.chain_id = opened.founding.chain_id
            desk = RemoteDesk(RemoteCarrier(client), opened.chain, self.chain_id)
            _fill(desk, keys["registrar"], self.seats)
            opens = int(time.time()) + lead_s
            proposal, options, document = _proposal(opens)
            opened.evidence.add(document)
            desk.call(keys["returning-officer"], SystemContract.BALLOTS, "open", proposal, options)
            self.question = load_question(opened.chain.state(), 1)
        time.sleep(max(0.0, opens + 1 - time.time()))

    def height_at_most(self) -> Height:
        """The newest height that every member has reached."""
        return Height(min(self.heights()))


def _fill(desk: RemoteDesk, registrar: PrivateKey, seats: int) -> None:
    """Admit members and fill their seats."""
    parts = [range(start, min(start + TOGETHER, seats)) for start in range(0, seats, TOGETHER)]
    for part in parts:
        owners = [address_of(member_key(i)) for i in part]
        commitments = [keccak256(b"commitment %d" % i)[:28] for i in part]
        desk.send(registrar, SystemContract.MEMBERSHIP, "admit", owners, commitments)
    desk.flush()
    for part in parts:
        voters = b"".join(address_of(voter_key(i)) for i in part)
        desk.send(registrar, SystemContract.ROLL, "fill", voters)
    desk.flush()


_OFFICERS = ("registrar", "returning-officer")


def _proposal(opens: int) -> tuple[tuple, list, bytes]:
    form = FORMS[KIND]
    names = [f"option-{n}" for n in range(1, form.options + 1)]
    record = {"title": "A vote under faults", "options": [{"id": n, "name": n.title()} for n in names]}
    document = json.dumps(record, sort_keys=True).encode()
    fields = (form.kind, form.options, form.min_length, form.max_length)
    points = (form.min_points, form.max_points, form.min_sum, form.max_sum)
    proposal = (
        hashlib.sha256(document).digest(),
        (*fields, *points),
        0,
        EffectKind.REFERENDUM,
        opens,
        opens + DAY_S,
        ZERO_HASH,
        ZERO_HASH,
    )
    return proposal, [(Option.label_of(name), 0, ZERO_HASH) for name in names], document
