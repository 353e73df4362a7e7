"""When a proposer makes a block, and when it leaves its consensus block empty. No rule reads these clocks."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ledger.chain.header import Header
from ledger.primitives import Timestamp

STALE_S = 3
"""A proposer whose clock is this far past the consensus time leaves its block empty: the next has the present time."""
PAUSE_S = 0.4
"""With nothing to propose of what waits, a block is left empty only after it: CometBFT asks for the next at once."""
PATIENCE = 12
"""Turns that a proposer leaves empty for seals until it makes a block all the same. Blocks and seals alternate as do an
even number of validators: under load half of them would never make a block."""
LONGEST_WAIT_S = 1.0
"""A block waits for its second no longer, whatever the clock says: the others wait for 3 s."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where a proposer sees that the consensus time is old, and waits for the next second."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Pacing:
    """What a proposer knows of the time. One thread.

    The consensus block after one that carried a block is left empty, for its header seals that block: nobody waits for
    a seal until the next block was executed.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._lively: float | None = None
        self._passed = 0
        self._is_voting = self._goes_on = self._is_unsealed = False

    def on_vote(self) -> None:
        """This node takes part in deciding."""
        self._is_voting = True

    def on_decided(self, *, has_new_head: bool, is_something_waiting: bool) -> None:
        """A consensus block was decided. One that was voted on here shows that the consensus time goes on."""
        self._is_unsealed = has_new_head
        if self._is_voting:
            self._lively = self._clocks.monotonic()
            # CometBFT goes on at once where something waits. It asks about all of it again first, which may take long.
            self._goes_on = is_something_waiting
        self._is_voting = False

    def may_build(self, parent: Header, consensus_s: int) -> bool:
        """Whether the time has come for a block with transactions."""
        if self._is_unsealed and self._passed < PATIENCE:
            self._passed += 1
            return False
        if self._is_stale(consensus_s):
            return False
        if consensus_s < parent.timestamp:
            # The newest block is ahead of the time as it is; another would be so even more.
            self.pause()
            return False
        return True

    def wait_for(self, timestamp: Timestamp) -> None:
        """Wait until the second of a block that is proposed has begun: two within one would run ahead of the time."""
        self._passed = 0
        left = timestamp - self._clocks.wall()
        if left > 0:
            self._clocks.sleep(min(left, LONGEST_WAIT_S))

    def pause(self) -> None:
        self._clocks.sleep(PAUSE_S)

    def _is_stale(self, consensus_s: int) -> bool:
        """True after a pause: the consensus time is when the validators voted last, which may be a minute ago."""
        if self._goes_on:
            return False
        if self._lively is not None and self._clocks.monotonic() - self._lively <= STALE_S:
            return False
        return self._clocks.wall() - consensus_s > STALE_S
