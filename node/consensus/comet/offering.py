"""Feeding CometBFT's mempool from this node's: many transactions in a call, and all of them again after a crash."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from ledger.chain.transaction import Transaction
from ledger.errors import CannotCheckError
from ledger.primitives import Hash32, keccak256

RETRY_S = 0.2
GATHER_S = 0.01
"""What comes in within it goes together: a call costs more than a transaction in it. Within it CometBFT also asks about
what it was given, which tells how much more it should hold."""
MANY = 100
MANY_BYTES = 1 << 18
"""A call carries no more transactions, nor more bytes of them, unless it is a single one."""
PATIENCE_S = 10.0
"""After it a call is made all the same: whatever others fill CometBFT's mempool with, this node's have a share."""
KNOWN = "tx already exists in cache"
FULL = "mempool is full"

log = logging.getLogger(__name__)


class Broadcaster(Protocol):
    """CometBFT's RPC, as far as it takes transactions."""

    def broadcast(self, raws: Sequence[bytes]) -> list[str | None]: ...


class Offering:
    """Offers CometBFT what this node has admitted, in the order in which it came, in a thread.

    CometBFT keeps its mempool in memory. So a transaction waits here until a block holds it, and after each new start
    of CometBFT is offered anew.

    Shape   `unplaced`: what was admitted and stands in no block; `refuse`: told what CometBFT does not take, and why;
            `has_room`: whether CometBFT should hold more than it does.
    """

    def __init__(
        self,
        rpc: Broadcaster,
        unplaced: Callable[[], Sequence[Transaction]],
        refuse: Callable[[Hash32, str], None],
        has_room: Callable[[], bool],
    ) -> None:
        self._rpc = rpc
        self._unplaced = unplaced
        self._refuse = refuse
        self._has_room = has_room
        self._offered_at = -PATIENCE_S
        self._waiting: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="offering", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, raw: bytes) -> None:
        """A transaction was admitted here."""
        with self._lock:
            self._waiting.append(raw)
        self._work.set()

    def again(self) -> None:
        """CometBFT was started anew."""
        with self._lock:
            # Whatever is admitted from here on comes behind: it is added after the list was made, at worst twice.
            self._waiting = deque(transaction.raw for transaction in self._unplaced())
        self._work.set()

    def close(self) -> None:
        self._stop.set()
        self._work.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while self._work.wait() and not self._stop.wait(GATHER_S):
            self._work.clear()
            if self._may_go_on() and (raws := self._next()):
                self._offer(raws)
            if self._waiting:
                self._work.set()

    def _may_go_on(self) -> bool:
        return self._has_room() or time.monotonic() - self._offered_at > PATIENCE_S

    def _next(self) -> list[bytes]:
        """The first that wait, as many as go together."""
        raws: list[bytes] = []
        size = 0
        with self._lock:
            while self._waiting and len(raws) < MANY and (not raws or size + len(self._waiting[0]) <= MANY_BYTES):
                raws.append(self._waiting.popleft())
                size += len(raws[-1])
        return raws

    def _offer(self, raws: Sequence[bytes]) -> None:
        """Offer some together; those for which there is no room or nobody to answer come first at the next call."""
        self._offered_at = time.monotonic()
        try:
            answers = self._rpc.broadcast(raws)
        except CannotCheckError as error:
            log.info("%d transactions are offered later: %s", len(raws), error.detail)
            self._later(raws)
            return
        for place, (raw, reason) in enumerate(zip(raws, answers, strict=True)):
            if reason is not None and FULL in reason:
                self._later(raws[place:])
                return
            if reason is not None and KNOWN not in reason:
                self._refuse(keccak256(raw), f"mempool: {reason}")

    def _later(self, raws: Sequence[bytes]) -> None:
        with self._lock:
            self._waiting.extendleft(reversed(raws))
        self._stop.wait(RETRY_S)
