"""Dropping nodes that the ledger has excluded: CometBFT asks who may connect, and never again."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from ledger.ports import ExecutionEngine, StateView
from ledger.primitives import Hash32
from node.consensus.comet.lookout import Lookout
from node.consensus.comet.validators import PeerSource, ValidatorSource

LEAD_S = 4.0
"""Before the first turn: in it every member has the block, and has looked."""
TURN_S = 12.0
"""A turn holds a restart, and CometBFT's way back to its peers."""

log = logging.getLogger(__name__)


class Peers(Protocol):
    """CometBFT's RPC, as far as it tells of peers."""

    def peer_ids(self) -> list[str]: ...


def delay_of(key: bytes, validators: Sequence[bytes]) -> float:
    """Seconds from the block that excluded a node to this member's turn, which no other validator shares.

    Shape   `key`: the member's own; `validators`: the keys of those in the state. Who is none comes after them all.
    """
    place = sum(other < key for other in validators) if key in validators else len(validators)
    return LEAD_S + place * TURN_S


class Expulsion(Lookout):
    """Has CometBFT started anew while a node is connected that the state no longer admits, in a thread.

    CometBFT asks only when a connection is made, and cannot be told to end one. Started anew, it asks for each peer.
    The members take turns, by ascending key, so that never more than one is away; a turn passes unused where
    the excluded node is not connected. The head's state decides, whoever came in before it was there.

    Shape   `key`: this validator's; `restart`: told why.
    """

    def __init__(
        self,
        engine: ExecutionEngine,
        source: ValidatorSource,
        peers: PeerSource,
        rpc: Peers,
        key: bytes,
        restart: Callable[[str], None],
    ) -> None:
        super().__init__("peers")
        self._engine = engine
        self._source = source
        self._peers = peers
        self._rpc = rpc
        self._key = key
        self._restart = restart
        self._looked: Hash32 | None = None
        self._due: float | None = None

    def look(self, now_s: float) -> None:
        """Take note of a new head, or restart where it is due."""
        head = self._engine.head().hash
        is_due = self._due is not None and now_s >= self._due
        if not is_due and (self._due is not None or head == self._looked):
            return
        state = self._engine.state()
        unwelcome = self._unwelcome(state)
        self._looked, due = head, self._due
        self._due = None
        if not unwelcome:
            return
        if due is None:
            keys = [validator.key for validator in self._source.validators(state)]
            self._due = now_s + delay_of(self._key, keys)
            log.warning("%s: no longer admitted, dropped in %.0f s", ", ".join(unwelcome), self._due - now_s)
        else:
            # Looked at again afterwards: a restart that dropped nobody is tried anew in the next round.
            self._looked = None
            self._restart(f"the ledger no longer admits {', '.join(unwelcome)}")

    def _unwelcome(self, state: StateView) -> list[str]:
        """Nodes that are connected and may not be."""
        return [node_id for node_id in self._rpc.peer_ids() if not self._peers.may_peer(state, bytes.fromhex(node_id))]
