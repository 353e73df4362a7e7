"""Time in blocks: when a proposer's time stamp is good (formats.md, 7)."""

from ledger.errors import CheckFailedError
from ledger.primitives import Timestamp

MAX_AHEAD_S = 15
"""How far a block may be ahead of a follower's clock before the follower waits with it."""


class BlockTimeError(CheckFailedError):
    """A block's time stamp breaks the rules of time."""

    type = "bad-block-time"


def next_time(parent: Timestamp, now: Timestamp) -> Timestamp | None:
    """The time of the next block under `clock = wall`, or None while the clock has not passed the parent's second."""
    return now if now > parent else None


def validate_time(parent: Timestamp, time: Timestamp) -> None:
    """The rule that holds for every block, whatever the clock.

    Errors  BlockTimeError.
    """
    if time <= parent:
        raise BlockTimeError(f"block time: {time}, expected more than the parent's {parent}", parent=parent, time=time)


def is_too_early(time: Timestamp, now: Timestamp) -> bool:
    """True where a follower waits with a block: its time is too far ahead of the follower's clock."""
    return time > now + MAX_AHEAD_S
