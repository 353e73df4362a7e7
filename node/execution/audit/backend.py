"""A key-value store for py-evm that keeps little in memory: a buffer in front of an LMDB file that nobody keeps."""

from collections.abc import Callable
from pathlib import Path

import lmdb
from eth.db.backends.base import BaseDB

from ledger.primitives import keccak256

BUFFER_BYTES = 32 * 1024 * 1024
MAP_STEP = 1 << 30


class ScratchDB(BaseDB):
    """Values by key, in a file in `folder`. Nothing is synced: after a crash the audit begins anew.

    `witness`: where trie nodes and code come from that are not here. It is not believed: what it gives must hash to the
    key.
    """

    def __init__(self, folder: Path, witness: Callable[[bytes], bytes | None] | None = None) -> None:
        self._witness = witness
        self._size = MAP_STEP
        self._store = lmdb.open(
            str(folder), map_size=self._size, sync=False, metasync=False, writemap=False, lock=False, readahead=False
        )
        self._buffer: dict[bytes, bytes] = {}
        self._held = 0

    def __getitem__(self, key: bytes) -> bytes:
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._buffer[key] = value
        self._held += len(key) + len(value)
        if self._held > BUFFER_BYTES:
            self._flush()

    def __delitem__(self, key: bytes) -> None:
        # Nothing is ever taken away: every state is kept as its hash names it.
        self._buffer.pop(key, None)

    def _exists(self, key: bytes) -> bool:
        return self._find(key) is not None

    def close(self) -> None:
        self._buffer.clear()
        self._store.close()

    def _find(self, key: bytes) -> bytes | None:
        value = self._buffer.get(key)
        if value is not None:
            return value
        with self._store.begin() as reading:
            value = reading.get(key)
        return self._ask_witness(key) if value is None else value

    def _ask_witness(self, key: bytes) -> bytes | None:
        if self._witness is None or len(key) != 32:
            return None
        value = self._witness(key)
        return value if value is not None and keccak256(value) == key else None

    def _flush(self) -> None:
        rows = list(self._buffer.items())
        while True:
            try:
                with self._store.begin(write=True) as writing, writing.cursor() as cursor:
                    cursor.putmulti(rows)
            except lmdb.MapFullError:
                self._size += MAP_STEP
                self._store.set_mapsize(self._size)
            else:
                break
        self._buffer.clear()
        self._held = 0
