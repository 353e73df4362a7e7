"""Reads a chain from a store. Each answer comes from one snapshot, so a writer beside it is never seen half done."""

from collections.abc import Callable, Iterator
from contextlib import closing

from ledger.chain.header import Header, decode_header
from ledger.chain.receipt import Receipt
from ledger.errors import BadInputError
from ledger.ports import Block, LogFilter, PlacedLog, StateView
from ledger.primitives import Hash32, Height
from node.decoding import decode_receipt_once
from node.store import rows
from node.store.errors import NoStoreError
from node.store.logs import find_logs
from node.store.packed import unpack, unpack_one
from node.store.ports import KeyValueStore, Snapshot


class UnknownHeightError(BadInputError):
    """A height that the chain has not reached."""

    type = "unknown-height"


class StoredChain:
    """The chain in a store, as `ledger.ports.ChainReader`. Safe in several threads and beside a writer.

    `open_state` makes the view of the state after a header; the execution engine supplies it.
    """

    def __init__(self, store: KeyValueStore, open_state: Callable[[Header], StateView]) -> None:
        self._store = store
        self._open_state = open_state

    def head(self) -> Header:
        with closing(self._store.snapshot()) as snapshot:
            height = read_head(snapshot)
            header = None if height is None else read_header(snapshot, height)
        if header is None:
            raise NoStoreError("store: it holds no chain")
        return header

    def header(self, height: Height) -> Header | None:
        with closing(self._store.snapshot()) as snapshot:
            return read_header(snapshot, height)

    def header_by_hash(self, block_hash: Hash32) -> Header | None:
        with closing(self._store.snapshot()) as snapshot:
            row = snapshot.get(rows.block_hash_key(block_hash))
            return None if row is None else read_header(snapshot, Height(int.from_bytes(row, "big")))

    def block(self, height: Height) -> Block | None:
        with closing(self._store.snapshot()) as snapshot:
            header = read_header(snapshot, height)
            if header is None:
                return None
            return Block(header, tuple(unpack(snapshot.get(rows.transactions_key(height)) or rows.NO_ITEMS)))

    def receipts(self, height: Height) -> tuple[Receipt, ...]:
        row = self._store.get(rows.receipts_key(height)) or rows.NO_ITEMS
        return tuple(map(decode_receipt_once, unpack(row)))

    def receipt(self, height: Height, index: int) -> Receipt | None:
        """Read one receipt without decoding those beside it."""
        data = unpack_one(self._store.get(rows.receipts_key(height)) or rows.NO_ITEMS, index)
        return None if data is None else decode_receipt_once(data)

    def transaction(self, height: Height, index: int) -> bytes | None:
        """Read one transaction's bytes without those beside it."""
        return unpack_one(self._store.get(rows.transactions_key(height)) or rows.NO_ITEMS, index)

    def transaction_place(self, transaction_hash: Hash32) -> tuple[Height, int] | None:
        row = self._store.get(rows.transaction_key(transaction_hash))
        return None if row is None else rows.decode_place(row)

    def state(self, height: Height | None = None) -> StateView:
        """View the state after a block; UnknownHeightError where the chain does not reach `height`."""
        header = self.head() if height is None else self.header(height)
        if header is None:
            raise UnknownHeightError(f"height {height}: the head is {self.head().number}", height=height)
        return self._open_state(header)

    def logs(self, query: LogFilter) -> Iterator[PlacedLog]:
        """Logs in the order of the chain; the snapshot is held until the last one is taken."""
        with closing(self._store.snapshot()) as snapshot:
            yield from find_logs(snapshot, query)

    def seal(self, height: Height) -> bytes | None:
        return self._store.get(rows.seal_key(height))

    def extra_row(self, key: bytes) -> bytes | None:
        """Read a row that the node added to a block's commit; `key` is without the prefix of such rows."""
        return self._store.get(rows.EXTRA + key)

    def scan_extra_rows(self, prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Read the node's own rows whose keys begin with `prefix`, in order of their keys, from `prefix + start` on."""
        first = rows.EXTRA + prefix
        with closing(self._store.snapshot()) as snapshot:
            for key, value in snapshot.scan(first + start, first + b"\xff" * 32):
                yield key[1:], value


def read_head(snapshot: Snapshot) -> Height | None:
    row = snapshot.get(rows.HEAD)
    return None if row is None else Height(int.from_bytes(row, "big"))


def read_header(snapshot: Snapshot, height: Height) -> Header | None:
    row = snapshot.get(rows.header_key(height)) if height >= 0 else None
    return None if row is None else decode_header(row[32:])
