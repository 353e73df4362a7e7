"""The thread that carries ballots on a member of a network, whose blocks come by themselves."""

from ledger.errors import LedgerError
from ledger.primitives import Hash32
from node.ports import Node
from node.relay import BatchingRelay
from scripts.running.worker import LOG, Worker


class Courier(Worker):
    """Sends what a relay gathered, and tells it what became of it.

    Units   `interval_s`: least time between two batches; what comes in meanwhile goes together.
    """

    def __init__(self, node: Node, relay: BatchingRelay | None, interval_s: float) -> None:
        super().__init__(relay, "courier", "no more ballots are carried")
        self._node = node
        self._interval_s = max(interval_s, 0.05)

    def submit(self, raw: bytes) -> Hash32:
        """Take a transaction; errors as `Node.submit`."""
        return self._node.submit(raw)

    def _turn(self) -> None:
        is_idle = self.relay is None or self.relay.is_idle
        self._work.wait(None if is_idle else self._interval_s)
        self._work.clear()
        if self.relay is not None and not self._stop.is_set():
            self._carry(self.relay)
        self._stop.wait(self._interval_s)

    def _carry(self, relay: BatchingRelay) -> None:
        try:
            relay.settle()
            relay.send()
        except LedgerError as error:
            # A full mempool, a consensus that starts or stands still: what was not taken is sent the next time.
            LOG.warning("ballots wait: %s", error.detail)
