"""The thread that makes a running node's blocks: woken by what comes in, idle otherwise."""

import logging
import threading
from types import TracebackType

from ledger.errors import LedgerError
from ledger.primitives import Hash32
from node.embedded import EmbeddedNode
from node.relay import BatchingRelay
from node.store.errors import StoreFullError

LOG = logging.getLogger("ortaq.node")
RETRY_S = 0.2
"""How soon a block is tried again while the clock has not moved on."""
FULL_RETRY_S = 5.0
"""How soon a block is tried again on a full disk."""


class BlockMaker:
    """Makes blocks while something waits. A context: leaving it stops the thread after the block at hand.

    Shape   `failure`: what stopped it by itself, None while it runs; `stopped`: set when it has ended.
    """

    def __init__(self, node: EmbeddedNode, relay: BatchingRelay | None, interval_s: float) -> None:
        self._node = node
        self._interval_s = interval_s
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="blocks", daemon=True)
        self.relay = relay
        self.failure: BaseException | None = None
        self.stopped = threading.Event()

    def __enter__(self) -> "BlockMaker":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._work.set()
        self._thread.join()

    def wake(self) -> None:
        """There is something to put into a block."""
        self._work.set()

    def submit(self, raw: bytes) -> Hash32:
        """Take a transaction and see to its block; errors as `EmbeddedNode.submit`."""
        sent = self._node.submit(raw)
        self.wake()
        return sent

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._work.wait()
                self._work.clear()
                self._work_off()
        except BaseException as error:
            self.failure = error
            LOG.critical("no more blocks: %s", error)
        finally:
            self.stopped.set()

    def _work_off(self) -> None:
        """Make blocks until nothing waits that could stand in one."""
        while not self._stop.is_set():
            try:
                made = self._make_block()
            except StoreFullError as error:
                LOG.warning("no room for a block: %s", error.detail)
                self._stop.wait(FULL_RETRY_S)
                continue
            if not len(self._node.mempool):
                return
            self._stop.wait(self._interval_s if made else RETRY_S)

    def _make_block(self) -> bool:
        if self.relay is not None:
            self._send_ballots(self.relay)
        sealed = self._node.make_block()
        if sealed is not None:
            header = sealed.executed.block.header
            LOG.info("block %d %s, %d transactions", header.number, header.hash.hex(), len(sealed.executed.receipts))
        if self.relay is not None:
            self.relay.settle()
        return sealed is not None

    def _send_ballots(self, relay: BatchingRelay) -> None:
        try:
            relay.send()
        except LedgerError as error:
            # A full mempool: what was not taken is sent with the next block.
            LOG.warning("ballots wait: %s", error.detail)
