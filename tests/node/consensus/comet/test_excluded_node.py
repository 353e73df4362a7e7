"""A real network that excludes a node: every member drops it, it does not come back, and blocks go on."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from node.consensus.comet import expulsion, lookout
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.members import StateMembers
from node.consensus.comet.rpc import CometUnreachableError
from node.validator import ValidatorNode
from tests.engines import cometbft_binary
from tests.node.consensus.comet.network import AllBut, found_network, open_network
from tests.node.consensus.comet.stage import Founded

pytestmark = pytest.mark.engine

LEAD_S, TURN_S = 2.0, 7.0
TIMEOUT_S = 60


def test_network__node_excluded_by_a_block__is_dropped_by_one_member_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LOOK_S", 0.2)
    monkeypatch.setattr(expulsion, "LEAD_S", LEAD_S)
    monkeypatch.setattr(expulsion, "TURN_S", TURN_S)
    paths = found_network(tmp_path, 3, guests=1)
    founded = Founded.read(paths[0])
    guest_id = CometHome(paths[3] / "comet").open_keys().node_id
    *members, guest = open_network(paths, cometbft_binary(), StateMembers(), AllBut(guest_id, number=2))
    try:
        wait_until(lambda: all(len(peers_of(node)) == 3 for node in members))
        send(members[0], founded, 0)
        wait_until(lambda: guest.chain.head().number == 1)
        with watched(members) as most_away:
            # While CometBFT is away what is sent waits.
            nonces = count(1)
            while any(node.process.restarts == 0 or guest_id in peers_of(node) for node in members):
                send(members[0], founded, next(nonces))
        assert max(most_away) == 1
        assert [node.process.restarts for node in members] == [1, 1, 1]
        wait_until(lambda: all(len(peers_of(node)) == 2 for node in members))
        known = guest.chain.head().number
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


def send(node: ValidatorNode, founded: Founded, nonce: int) -> None:
    sent = node.submit(founded.admit(nonce))
    placed = node.wait(sent, TIMEOUT_S)
    assert placed is not None, node.mempool.reason(sent)
    assert placed.success


def peers_of(node: ValidatorNode) -> list[str]:
    """The nodes that are connected; none while CometBFT is away."""
    try:
        return [peer["node_info"]["id"] for peer in node.rpc.net_info()["peers"]]
    except CometUnreachableError:
        return []


def is_up(node: ValidatorNode) -> bool:
    try:
        node.rpc.status()
    except CometUnreachableError:
        return False
    return True


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
