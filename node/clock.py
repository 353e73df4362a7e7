"""Clocks: where a proposer takes the time from."""

import time

from ledger.chain.timing import next_time
from ledger.primitives import Timestamp


class WallClock:
    """The machine's clock."""

    def now(self) -> Timestamp:
        return Timestamp(int(time.time()))

    def propose(self, parent: Timestamp) -> Timestamp | None:
        return next_time(parent, self.now())


class SimulatedClock:
    """A clock that goes on by one second a block, or as far as it is told; for `clock = simulated` only."""

    def __init__(self, now: Timestamp) -> None:
        self._now = now

    def now(self) -> Timestamp:
        return self._now

    def propose(self, parent: Timestamp) -> Timestamp:
        self.advance_to(Timestamp(parent + 1))
        return self._now

    def advance_to(self, time_s: Timestamp) -> None:
        """Set the time forward; going back changes nothing."""
        self._now = max(self._now, time_s)
