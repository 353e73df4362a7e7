"""A key-value store for py-evm that keeps little in memory: a buffer in front of an LMDB file that nobody keeps."""

from pathlib import Path

import lmdb
from eth.db.backends.base import BaseDB

BUFFER_BYTES = 32 * 1024 * 1024
MAP_STEP = 1 << 30


class ScratchDB(BaseDB):
    """Values by key, in a file in `folder`. Nothing is synced: after a crash the audit begins anew."""

    def __init__(self, folder: Path) -> None:
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
            return reading.get(key)

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
