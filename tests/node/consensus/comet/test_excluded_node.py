"""A real network whose ballot excludes a node: every member drops it, it does not come back, and blocks go on."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.founding.constitution import Duty
from ledger.primitives import Hash32, Height
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from node.consensus.comet import expulsion, lookout
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.members import StateMembers
from node.consensus.comet.rpc import CometRpcError, CometUnreachableError
from node.validator import ValidatorNode
from scripts.running.carriers import Done
from scripts.running.remote_desk import RemoteDesk
from tests.engines import cometbft_binary
from tests.node.consensus.comet.network import found_network, open_network
from tests.node.consensus.comet.stage import Founded
from tests.scripts.live_deciding import Haste, Parliament
from tests.scripts.small_ledger import voter_key

pytestmark = pytest.mark.engine

LEAD_S, TURN_S = 2.0, 7.0
TIMEOUT_S = 60
SEATS = 3


def test_network__node_excluded_by_a_ballot__is_dropped_by_one_member_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LOOK_S", 0.2)
    monkeypatch.setattr(expulsion, "LEAD_S", LEAD_S)
    monkeypatch.setattr(expulsion, "TURN_S", TURN_S)
    paths = found_network(tmp_path, 3, guests=1, guests_are_admitted=True)
    founded = Founded.read(paths[0])
    guest_id = CometHome(paths[3] / "comet").open_keys().node_id
    *members, guest = open_network(paths, cometbft_binary(), StateMembers(), StateMembers())
    try:
        wait_until(lambda: all(len(peers_of(node)) == 3 for node in members))
        nonces = count(fill(members[0], founded))
        wait_until(lambda: guest.chain.head().number == members[0].chain.head().number)
        with watched(members) as most_away:
            excluded_in = exclude(members[0], founded, guest_id)
            # While CometBFT is away what is sent waits.
            while any(node.process.restarts == 0 or guest_id in peers_of(node) for node in members):
                send(members[0], founded, next(nonces))
        assert max(most_away) == 1
        assert [node.process.restarts for node in members] == [1, 1, 1]
        wait_until(lambda: all(len(peers_of(node)) == 2 for node in members))
        known = guest.chain.head().number
        assert known >= excluded_in - 1
        members[0].process.restart("it is away when the next one is sent")
        assert not is_up(members[0])
        send(members[0], founded, next(nonces))
        for _ in range(3):
            # The guest dials on; nobody lets it in, and no block comes to it.
            send(members[0], founded, next(nonces))
            time.sleep(1)
        assert members[0].chain.head().number > known + 2
        assert guest.chain.head().number == known
        assert not any(guest_id in peers_of(node) for node in members)
    finally:
        for node in (*members, guest):
            node.close()


class NodeCarrier:
    """Takes transactions to a node in this process."""

    def __init__(self, node: ValidatorNode) -> None:
        self._node = node

    def submit(self, raw: bytes) -> Hash32:
        return self._node.submit(raw)

    def wait(self, sent: Hash32) -> Done | str | None:
        placed = self._node.wait(sent, TIMEOUT_S)
        return self._node.mempool.reason(sent) if placed is None else Done(placed.height, placed.index, placed.success)


def fill(node: ValidatorNode, founded: Founded) -> int:
    """Members and seats, so that ballots bind; the registrar's next nonce."""
    for nonce in range(SEATS):
        send(node, founded, nonce, waits=nonce == SEATS - 1)
    keys = b"".join(address_of(voter_key(seat)) for seat in range(SEATS))
    desk_at(node).call(key_of(founded, Duty.REGISTRAR), SystemContract.ROLL, "fill", keys)
    return SEATS + 1


def exclude(node: ValidatorNode, founded: Founded, node_id: str) -> Height:
    officer, relay = key_of(founded, Duty.RETURNING_OFFICER), key_of(founded, Duty.RELAY)
    parliament = Parliament(desk_at(node), node.chain, founded.chain_id, officer, relay, range(SEATS))
    return parliament.decide(SystemContract.PERMISSIONS, "exclude_node", bytes.fromhex(node_id), haste=Haste(2, 5))


def desk_at(node: ValidatorNode) -> RemoteDesk:
    return RemoteDesk(NodeCarrier(node), node.chain, node.founding.chain_id)


def key_of(founded: Founded, duty: Duty) -> PrivateKey:
    return PrivateKey(founded.keys[duty])


@contextmanager
def watched(nodes: list[ValidatorNode]) -> Iterator[list[int]]:
    """How many nodes' CometBFT were away, asked all the time."""
    away, over = [], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            away.append(sum(not is_up(node) for node in nodes))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield away
    finally:
        over.set()
        thread.join()


def send(node: ValidatorNode, founded: Founded, nonce: int, *, waits: bool = True) -> None:
    sent = node.submit(founded.admit(nonce))
    if waits:
        placed = node.wait(sent, TIMEOUT_S)
        assert placed is not None, node.mempool.reason(sent)
        assert placed.success


def peers_of(node: ValidatorNode) -> list[str]:
    """The nodes that are connected; none while CometBFT is away."""
    try:
        return node.rpc.peer_ids()
    except (CometRpcError, CometUnreachableError):
        return []


def is_up(node: ValidatorNode) -> bool:
    try:
        node.rpc.status()
    except (CometRpcError, CometUnreachableError):
        # While it ends it answers that its database is closed.
        return False
    return True


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
