"""Opening a directory's node, of whichever kind, with what makes it go: blocks or ballots, and its description."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ledger.ports import BallotRelay
from ledger.primitives import Hash32
from node.embedded import EmbeddedNode
from node.founding import SEALER
from node.keys import KeyFileError
from node.ports import Node
from node.relay import BatchingRelay
from scripts.founding.keyring import Keyring
from scripts.founding.settings import Settings
from scripts.running.blockmaker import BlockMaker
from scripts.running.courier import Courier
from scripts.running.following import FollowerNode
from scripts.running.kinds import NodeKind, node_kind
from scripts.running.ledgers import kubo_address
from scripts.running.members import open_member
from scripts.running.standing import follower_standing, member_standing, node_standing
from scripts.terminal.console import Output

RELAY = "relay"


class Worker(Protocol):
    """The thread behind a node. Shape: as `BlockMaker` and `Courier` say."""

    failure: BaseException | None
    stopped: threading.Event

    def wake(self) -> None: ...

    def submit(self, raw: bytes) -> Hash32: ...


@dataclass(frozen=True, slots=True)
class RunningNode:
    """Shape   `standing`: what the node says of itself to `node status` and `network status`."""

    kind: NodeKind
    node: Node
    relay: BallotRelay | None
    worker: Worker
    standing: Callable[[], dict[str, Any]]


@contextmanager
def open_node(path: Path, settings: Settings, ring: Keyring, output: Output) -> Iterator[RunningNode]:
    """Open a directory's node and have it work, until the block is left.

    Errors  those of `EmbeddedNode` or `open_member`; KeyFileError and PassphraseNeededError for the sequencer's key.
    """
    kind = node_kind(path, settings)
    if kind is NodeKind.SOLO:
        with EmbeddedNode(path, ring.open(SEALER), kubo=kubo_address(settings)) as solo:
            relay = _open_relay(solo, ring, output)
            with BlockMaker(solo, relay, settings.block_interval_ms / 1000) as maker:
                _connect(relay, maker)
                yield RunningNode(kind, solo, relay, maker, lambda: node_standing(solo, kind))
        return
    if settings.follow is not None:
        with FollowerNode(path, settings.follow, settings) as follower:
            yield RunningNode(kind, follower, None, follower, lambda: follower_standing(follower))
        return
    with open_member(path, settings) as member:
        relay = _open_relay(member, ring, output)
        with Courier(member, relay, settings.block_interval_ms / 1000) as courier:
            _connect(relay, courier)
            yield RunningNode(kind, member, relay, courier, lambda: member_standing(member, settings))


def _connect(relay: BatchingRelay | None, worker: Worker) -> None:
    if relay is not None:
        relay.on_submit(worker.wake)


def _open_relay(node: Node, ring: Keyring, output: Output) -> BatchingRelay | None:
    """The relay, if its key stands in the directory; a node without one still shows the ledger and makes blocks."""
    try:
        return BatchingRelay(node, ring.open(RELAY))
    except KeyFileError as error:
        output.say(f"this node relays no ballots: {error.detail}")
        return None
