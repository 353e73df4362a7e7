"""Bytes decoded once: the same are asked for when they come, wait, are run, decided on and indexed."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from ledger.chain.receipt import Receipt, decode_receipt
from ledger.chain.transaction import Transaction, decode_transaction

KEPT = 50_000
KEPT_BYTES = 64 * 2**20
"""Of the transactions' own bytes; what is made of them takes about as much again."""
KEPT_RECEIPTS = 5_000
KEPT_RECEIPT_BYTES = 4 * 2**20
"""They are asked for when their block was run and when it is sealed: those of a few blocks do."""

Key = TypeVar("Key", bound=tuple[bytes, ...] | tuple[bytes, int])
T = TypeVar("T")


class Decoded(Generic[Key, T]):
    """Remembers what bytes decode to, the newest of them, within a bound. Any thread.

    Bytes that are refused are not remembered: anybody could send them.

    Shape   `decode`: takes what a key holds, whose first part are the bytes.
    """

    def __init__(self, decode: Callable[..., T], limit: int, limit_bytes: int) -> None:
        self._decode = decode
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, T] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: Key) -> T:
        """What the key's bytes decode to; errors are those of `decode`."""
        found = self._known.get(key)
        if found is None:
            found = self._decode(*key)
            with self._lock:
                self._keep(key, found)
        return found

    def _keep(self, key: Key, found: T) -> None:
        if key in self._known:
            return
        self._known[key] = found
        self._bytes += len(key[0])
        while len(self._known) > self._limit or self._bytes > self._limit_bytes:
            oldest, _ = self._known.popitem(last=False)
            self._bytes -= len(oldest[0])


# One memory each for the whole process: which part of a node asks makes no difference.
_transactions: Decoded[tuple[bytes, int], Transaction] = Decoded(decode_transaction, KEPT, KEPT_BYTES)
_receipts: Decoded[tuple[bytes], Receipt] = Decoded(decode_receipt, KEPT_RECEIPTS, KEPT_RECEIPT_BYTES)


def decode_once(raw: bytes, chain_id: int) -> Transaction:
    """As `decode_transaction`, with its errors. Recovering the sender is most of the work, and never changes."""
    return _transactions.get((raw, chain_id))


def decode_receipt_once(data: bytes) -> Receipt:
    """As `decode_receipt`, with its errors."""
    return _receipts.get((data,))
