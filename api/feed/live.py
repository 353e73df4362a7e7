"""New heads as they come: server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException

from api.feed.frames import read_seal
from ledger.ports import ChainReader
from ledger.primitives import Height, to_hex

POLL_S = 0.25
"""How often the head is looked at. Another process may write the store, so nobody calls when it changes."""
KEEP_ALIVE_S = 15.0
MAX_LISTENERS = 64
MAX_CATCH_UP = 1_000
"""Blocks that a listener may be behind; whoever is further back reads ranges first."""


class TooManyListenersError(HTTPException):
    """As many listeners as this node serves."""

    code = "too-many-listeners"

    def __init__(self) -> None:
        super().__init__(503, f"live feed: {MAX_LISTENERS} listeners already", {"retry-after": "30"})


@dataclass(slots=True)
class Listeners:
    """How many listen now. Shape: `interval_s` between two looks at the head."""

    count: int = 0
    interval_s: float = field(default=POLL_S)

    def join(self) -> None:
        """Errors  TooManyListenersError."""
        if self.count >= MAX_LISTENERS:
            raise TooManyListenersError
        self.count += 1


async def stream_heads(chain: ChainReader, after: int, listeners: Listeners) -> AsyncIterator[str]:
    """One event `block` for each sealed block above `after`, as it comes; a comment keeps a quiet line open.

    Shape   data: height, hash, seal (hex). Whoever was joined to `listeners` leaves when the stream ends.
    """
    height, quiet_s = after, 0.0
    try:
        while True:
            event = await asyncio.to_thread(_next_event, chain, height + 1)
            if event is not None:
                height, quiet_s = height + 1, 0.0
                yield event
                continue
            await asyncio.sleep(listeners.interval_s)
            quiet_s += listeners.interval_s
            if quiet_s >= KEEP_ALIVE_S:
                quiet_s = 0.0
                yield ": nothing new\n\n"
    finally:
        listeners.count -= 1


def _next_event(chain: ChainReader, height: int) -> str | None:
    header, seal = chain.header(Height(height)), read_seal(chain, height)
    if header is None or seal is None:
        return None
    facts = {"height": height, "hash": to_hex(header.hash), "seal": to_hex(seal)}
    return f"id: {height}\nevent: block\ndata: {json.dumps(facts)}\n\n"
