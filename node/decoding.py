"""Transactions decoded once: the same bytes are asked for when they come, wait, are run, decided on and indexed."""

import threading
from collections import OrderedDict

from ledger.chain.transaction import Transaction, decode_transaction

KEPT = 50_000
KEPT_BYTES = 64 * 2**20
"""Of the transactions' own bytes; what is made of them takes about as much again."""


class DecodedTransactions:
    """Remembers what bytes decode to, the newest of them, within a bound. Any thread.

    Recovering the sender is most of the work, and its answer never changes. Bytes that are no transaction are not
    remembered: anybody could send them.
    """

    def __init__(self, limit: int = KEPT, limit_bytes: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[int, bytes], Transaction] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def decode(self, raw: bytes, chain_id: int) -> Transaction:
        """As `decode_transaction`, with its errors."""
        key = (chain_id, raw)
        found = self._known.get(key)
        if found is None:
            found = decode_transaction(raw, chain_id)
            with self._lock:
                self._keep(key, found)
        return found

    def _keep(self, key: tuple[int, bytes], transaction: Transaction) -> None:
        if key in self._known:
            return
        self._known[key] = transaction
        self._bytes += len(key[1])
        while len(self._known) > self._limit or self._bytes > self._limit_bytes:
            (_, raw), _ = self._known.popitem(last=False)
            self._bytes -= len(raw)


decode_once = DecodedTransactions().decode
"""One memory for the whole process: which part of a node asks makes no difference."""
