"""Offering again what waited: CometBFT keeps its mempool in memory, and a crash empties it."""

import logging
import threading
from collections.abc import Callable, Sequence

from ledger.chain.transaction import Transaction
from ledger.errors import CannotCheckError
from node.consensus.comet.rpc import CometRpc, CometRpcError

RETRY_S = 0.2

log = logging.getLogger(__name__)


class Offering:
    """After each new start of CometBFT offers it what the application has admitted and no block holds, in a thread.

    Shape   `waiting`: those transactions, in the order in which they came.
    """

    def __init__(self, rpc: CometRpc, waiting: Callable[[], Sequence[Transaction]]) -> None:
        self._rpc = rpc
        self._waiting = waiting
        self._again = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="offering", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def again(self) -> None:
        """CometBFT was started anew."""
        self._again.set()

    def close(self) -> None:
        self._stop.set()
        self._again.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while self._again.wait() and not self._stop.is_set():
            self._again.clear()
            for transaction in self._waiting():
                self._offer(transaction)

    def _offer(self, transaction: Transaction) -> None:
        """Offer one as soon as CometBFT is there; what is refused now, or known already, is told elsewhere."""
        while not self._stop.is_set():
            try:
                self._rpc.broadcast(transaction.raw)
            except CometRpcError as error:
                log.info("transaction %s is not offered again: %s", transaction.hash.hex(), error.detail)
            except CannotCheckError:
                self._stop.wait(RETRY_S)
                continue
            return
