"""Time in a replay: moved on a simulated clock, waited for on the wall's."""

import time
from typing import Protocol

from ledger.primitives import Timestamp
from node.clock import SimulatedClock

DAY_S = 86_400
MARGIN_S = 2
"""Validators' time may be so far behind the wall's after a pause."""


class Schedule(Protocol):
    """When a replay's question opens and closes, and how a moment comes. Units: seconds."""

    def window(self, head: Timestamp, ballots: int) -> tuple[Timestamp, Timestamp]:
        """(opens, closes) of a question that is opened next, on a chain whose newest block is of time `head`."""
        ...

    def advance_to(self, moment: int) -> None:
        """Return once the next block's time is `moment` at least."""
        ...


class SimulatedSchedule:
    """The replay says what time it is: a window of a month passes at once."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    def window(self, head: Timestamp, ballots: int) -> tuple[Timestamp, Timestamp]:  # noqa: ARG002
        opens = Timestamp(head + 60)
        return opens, Timestamp(opens + 30 * DAY_S)

    def advance_to(self, moment: int) -> None:
        self._clock.advance_to(Timestamp(moment))


class WallSchedule:
    """Time goes by itself: the window is as long as casting takes on a slow machine."""

    lead_s = 8
    shortest_s = 15
    ballots_per_s = 100

    def window(self, head: Timestamp, ballots: int) -> tuple[Timestamp, Timestamp]:
        opens = Timestamp(max(head, int(time.time())) + self.lead_s)
        return opens, Timestamp(opens + self.shortest_s + ballots // self.ballots_per_s)

    def advance_to(self, moment: int) -> None:
        while (left := moment + MARGIN_S - time.time()) > 0:
            time.sleep(left)
