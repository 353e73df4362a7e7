"""Clocks: where a proposer takes the time from."""

import time

from ledger.primitives import Timestamp


class WallClock:
    """The machine's clock."""

    def now(self) -> Timestamp:
        return Timestamp(int(time.time()))


class SimulatedClock:
    """A clock that moves only when it is told to; for ledgers whose founding says `clock = simulated`."""

    def __init__(self, now: Timestamp) -> None:
        self._now = now

    def now(self) -> Timestamp:
        return self._now

    def advance_to(self, time_s: Timestamp) -> None:
        """Set the time forward; going back changes nothing."""
        self._now = max(self._now, time_s)

    def tick(self) -> Timestamp:
        """One second later."""
        self._now = Timestamp(self._now + 1)
        return self._now
