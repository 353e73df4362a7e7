"""Noticing that CometBFT runs but decides nothing more: a failure inside it ends its consensus, not its process."""

from collections.abc import Callable
from typing import Protocol

from ledger.errors import LedgerError
from node.consensus.comet.lookout import Lookout

GAP_S = 6.0
"""Two looks that lie further apart show that this process stood still itself: what it missed tells nothing."""
BEHIND_S = 10.0
"""Without any step of consensus for so long, while a peer is heights ahead, it has stalled."""
AHEAD = 2
"""Heights that a peer must be ahead by: one comes about whenever a block is decided."""
SILENT_S = 180.0
"""So long no step is lacking on an idle network, whose heartbeats are a minute apart. One that has lost its two thirds
stands still as well; starting anew does it no harm."""


class Consensus(Protocol):
    """CometBFT's RPC, as far as it tells where consensus is."""

    def round(self) -> tuple[int, int, int]: ...

    def peer_heights(self) -> list[int]: ...

    def is_catching_up(self) -> bool: ...


class Stall(Lookout):
    """Has CometBFT started anew once its consensus has stalled, in a thread.

    Shape   `is_busy`: whether the application is at work on a block, which consensus waits for; `restart`: told why.
    """

    def __init__(self, rpc: Consensus, is_busy: Callable[[], bool], restart: Callable[[str], None]) -> None:
        super().__init__("consensus")
        self._rpc = rpc
        self._is_busy = is_busy
        self._restart = restart
        self._place: tuple[int, int, int] | None = None
        self._since = self._looked = 0.0

    def look(self, now_s: float) -> None:
        """Restart it where it has stalled."""
        place = self._step()
        is_gap, self._looked = now_s - self._looked > GAP_S, now_s
        if is_gap or place != self._place or self._is_busy() or self._rpc.is_catching_up():
            self._place, self._since = place, now_s
            return
        still_s = now_s - self._since
        if still_s < BEHIND_S:
            return
        heights = self._rpc.peer_heights()
        ahead = max(heights, default=place[0]) - place[0]
        if ahead >= AHEAD or still_s >= SILENT_S:
            self._place = None
            others = f"peers are {ahead} ahead" if heights else "no peer is connected"
            self._restart(f"no step of consensus for {still_s:.0f} s at height {place[0]}, {others}")

    def _step(self) -> tuple[int, int, int]:
        try:
            return self._rpc.round()
        except LedgerError:
            # Between two starts, and while it replays, it does not answer.
            self._place = None
            raise
