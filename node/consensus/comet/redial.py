"""Dialling members that are not connected: CometBFT gives up on a peer that turned it away once, or was long away."""

from collections.abc import Iterable
from typing import Protocol

from ledger.ports import ExecutionEngine, StateView
from node.consensus.comet.lookout import Lookout
from node.consensus.comet.validators import PeerSource, ValidatorSource, is_peer

EVERY_S = 10.0


class Dialling(Protocol):
    """CometBFT's RPC, as far as it tells of peers and dials them."""

    def peer_ids(self) -> list[str]: ...

    def dial_peers(self, addresses: list[str]) -> None: ...


class Redial(Lookout):
    """Dials every so often whoever should be connected and is not, in a thread.

    Whom a ballot admits is connected then without anybody's doing, and so is a validator that a ballot adds.
    Shape   `fixed`: `NODE_ID@HOST:PORT` of peers that the settings name; without any, those of the validators that the
            newest state names. `own_id`: this node's.
    """

    def __init__(
        self,
        engine: ExecutionEngine,
        source: ValidatorSource,
        peers: PeerSource,
        rpc: Dialling,
        own_id: str,
        fixed: Iterable[str] = (),
    ) -> None:
        super().__init__("dialling")
        self._engine = engine
        self._source = source
        self._peers = peers
        self._rpc = rpc
        self._own_id = own_id
        self._fixed = tuple(fixed)
        self._next = 0.0

    def look(self, now_s: float) -> None:
        """Dial whom this node lacks; those that the ledger does not admit are left alone."""
        if now_s < self._next:
            return
        self._next = now_s + EVERY_S
        connected = set(self._rpc.peer_ids())
        state = self._engine.state()
        missing = [
            address
            for address in self._addresses(state)
            if (node_id := address.partition("@")[0]) not in connected
            and node_id != self._own_id
            and self._peers.may_peer(state, bytes.fromhex(node_id))
        ]
        if missing:
            self._rpc.dial_peers(missing)

    def _addresses(self, state: StateView) -> Iterable[str]:
        return self._fixed or [one.endpoint for one in self._source.validators(state) if is_peer(one.endpoint)]
