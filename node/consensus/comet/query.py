"""What CometBFT asks beside blocks: whether a peer may connect."""

import re
from dataclasses import dataclass

from ledger.ports import ExecutionEngine
from node.consensus.comet.validators import PeerSource

PEER_ID = re.compile(r"/p2p/filter/id/([0-9a-f]{40})")
PEER_ADDRESS = "/p2p/filter/addr/"


@dataclass(frozen=True, slots=True)
class Answer:
    """Shape `code`: 0 is yes; `log`: the reason of a no."""

    code: int
    log: str = ""


class Queries:
    """Answers from the state after the head. Any thread."""

    def __init__(self, engine: ExecutionEngine, peers: PeerSource) -> None:
        self._engine = engine
        self._peers = peers

    def answer(self, path: str) -> Answer:
        """`/p2p/filter/id/<id>` by the state; `/p2p/filter/addr/...` always yes, since addresses change."""
        if path.startswith(PEER_ADDRESS):
            return Answer(0)
        match = PEER_ID.fullmatch(path)
        if match is None:
            return Answer(1, f"query {path[:80]!r}: not answered here; the ledger's own API has blocks and states")
        if self._peers.may_peer(self._engine.state(), bytes.fromhex(match[1])):
            return Answer(0)
        return Answer(1, f"peer {match[1]}: the ledger does not name it among its nodes")
