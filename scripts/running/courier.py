"""The thread that carries ballots on a member of a network, whose blocks come by themselves."""

import logging
import threading
from types import TracebackType

from ledger.errors import LedgerError
from ledger.primitives import Hash32
from node.ports import Node
from node.relay import BatchingRelay

LOG = logging.getLogger("ortaq.node")


class Courier:
    """Sends what a relay gathered, and tells it what became of it. A context: leaving it stops the thread.

    Shape   `failure`: what stopped it by itself, None while it runs; `stopped`: set when it has ended.
    Units   `interval_s`: least time between two batches; what comes in meanwhile goes together.
    """

    def __init__(self, node: Node, relay: BatchingRelay | None, interval_s: float) -> None:
        self._node = node
        self._interval_s = max(interval_s, 0.05)
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self.relay = relay
        self.failure: BaseException | None = None
        self.stopped = threading.Event()

    def __enter__(self) -> "Courier":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._work.set()
        self._thread.join()

    def wake(self) -> None:
        """There is something to send."""
        self._work.set()

    def submit(self, raw: bytes) -> Hash32:
        """Take a transaction; errors as `Node.submit`."""
        return self._node.submit(raw)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                is_idle = self.relay is None or self.relay.is_idle
                self._work.wait(None if is_idle else self._interval_s)
                self._work.clear()
                if self.relay is not None and not self._stop.is_set():
                    self._carry(self.relay)
                self._stop.wait(self._interval_s)
        except BaseException as error:
            self.failure = error
            LOG.critical("no more ballots are carried: %s", error)
        finally:
            self.stopped.set()

    def _carry(self, relay: BatchingRelay) -> None:
        try:
            relay.settle()
            relay.send()
        except LedgerError as error:
            # A full mempool, a consensus that starts or stands still: what was not taken is sent the next time.
            LOG.warning("ballots wait: %s", error.detail)
