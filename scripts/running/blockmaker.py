"""The thread that makes a running node's blocks: woken by what comes in, and once a minute for a heartbeat."""

from ledger.errors import LedgerError
from ledger.primitives import Hash32
from node.consensus.solo import HEARTBEAT_LEAST_S, SealedBlock
from node.embedded import EmbeddedNode
from node.relay import BatchingRelay
from node.store.errors import StoreFullError
from scripts.running.worker import LOG, Worker

RETRY_S = 0.2
"""How soon a block is tried again while the clock has not moved on."""
FULL_RETRY_S = 5.0
"""How soon a block is tried again on a full disk."""


class BlockMaker(Worker):
    """Makes blocks while something waits, and heartbeats when they are due."""

    def __init__(self, node: EmbeddedNode, relay: BatchingRelay | None, interval_s: float) -> None:
        super().__init__(relay, "blocks", "no more blocks")
        self._node = node
        self._interval_s = interval_s

    def submit(self, raw: bytes) -> Hash32:
        """Take a transaction and see to its block; errors as `EmbeddedNode.submit`."""
        sent = self._node.submit(raw)
        self.wake()
        return sent

    def _turn(self) -> None:
        self._work.wait(HEARTBEAT_LEAST_S)
        self._work.clear()
        self._work_off()
        self._make_heartbeat()

    def _work_off(self) -> None:
        """Make blocks until nothing waits that could stand in one."""
        while not self._stop.is_set():
            try:
                made = self._make_block()
            except StoreFullError as error:
                _warn(error)
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
            _note(sealed)
        if self.relay is not None:
            self.relay.settle()
        return sealed is not None

    def _make_heartbeat(self) -> None:
        if self._stop.is_set():
            return
        try:
            sealed = self._node.make_heartbeat()
        except StoreFullError as error:
            _warn(error)
        else:
            if sealed is not None:
                _note(sealed)

    def _send_ballots(self, relay: BatchingRelay) -> None:
        try:
            relay.send()
        except LedgerError as error:
            # A full mempool: what was not taken is sent with the next block.
            LOG.warning("ballots wait: %s", error.detail)


def _note(sealed: SealedBlock) -> None:
    header = sealed.executed.block.header
    LOG.info("block %d %s, %d transactions", header.number, header.hash.hex(), len(sealed.executed.receipts))


def _warn(error: StoreFullError) -> None:
    LOG.warning("no room for a block: %s", error.detail)
