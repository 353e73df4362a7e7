"""What no single answer shows: peers that lag or keep something back, and a ledger that stands still."""

import time
from collections.abc import Callable, Sequence

from ledger.proofs.seal import SealKind
from node.watchdog.alarms import AlarmBook, Code
from node.watchdog.judge import Judge
from scripts.watching.following import PeerState

LAG_S = 3.0
"""How long a peer may be behind what another one showed, or take to give what it announced."""
STALL_S = 10.0
"""How long a peer's newest block may wait for its seal, and transactions for a block."""
HEARTBEAT_S = 60
"""A network of validators makes a block at least this often (formats.md, 14)."""
HEARTBEAT_GRACE_S = 30
LEDGER = "ledger"


class Monitor:
    """Looks at all peers' states, again and again.

    A stall is: a block that stays unsealed; transactions that wait somewhere while no block comes; or, where validators
    seal by the wall's clock, no block for longer than their heartbeat allows. A sequencer makes none, or one in
    days, while nothing waits, so an idle ledger of one is no stall.
    """

    def __init__(
        self,
        judge: Judge,
        alarms: AlarmBook,
        peers: Sequence[PeerState],
        wall: Callable[[], float] | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._judge = judge
        self._alarms = alarms
        self._peers = peers
        self._wall = wall
        self._now = now

    def tick(self) -> None:
        head = self._judge.head.number
        for peer in self._peers:
            self._check_lag(peer, head)
            self._check_seal(peer)
        self._check_heartbeat()

    def _check_lag(self, peer: PeerState, head: int) -> None:
        if peer.tip is None or peer.tip.height >= head:
            peer.behind_since = None
        elif peer.behind_since is None:
            peer.behind_since = self._now()
        elif self._now() - peer.behind_since > LAG_S:
            detail = f"is at block {peer.tip.height}, others have shown {head}"
            self._alarms.find(Code.WITHHOLDING, peer.name, detail, height=head)
        asked_at = peer.asked_at
        if asked_at is not None and self._now() - asked_at > LAG_S:
            detail = f"has not given what it was asked for in {LAG_S:g} s"
            self._alarms.find(Code.WITHHOLDING, peer.name, detail, height=head)

    def _check_seal(self, peer: PeerState) -> None:
        if self._lasts(peer.unsealed_since):
            detail = f"its newest block has had no seal for more than {STALL_S:g} s"
        elif self._lasts(peer.waiting_since) and peer.waiting_above == self._judge.head.number:
            detail = (
                f"transactions wait there for more than {STALL_S:g} s, and no block comes after {peer.waiting_above}"
            )
        else:
            self._alarms.end(Code.STALL, peer.name)
            return
        self._alarms.find(Code.STALL, peer.name, detail)

    def _lasts(self, since: float | None) -> bool:
        return since is not None and self._now() - since > STALL_S

    def _check_heartbeat(self) -> None:
        if self._wall is None or self._judge.sealers.kind is not SealKind.COMMIT:
            return
        head = self._judge.head
        age = int(self._wall()) - head.timestamp
        if age > HEARTBEAT_S + HEARTBEAT_GRACE_S:
            detail = f"no block for {age} s, expected one every {HEARTBEAT_S} s"
            self._alarms.find(Code.STALL, LEDGER, detail, height=head.number)
        else:
            self._alarms.end(Code.STALL, LEDGER)
