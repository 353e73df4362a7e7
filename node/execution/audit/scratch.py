"""A key-value file that nobody keeps, with a buffer in memory before it."""

from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path

import lmdb

BUFFER_BYTES = 32 * 1024 * 1024
ROW_BYTES = 150
"""What a row in the buffer takes besides its key and value."""
MAP_STEP = 1 << 30
READ_ROWS = 1_000
"""Rows that are read at a time."""


class ScratchFile:
    """Values by key, in a file in `folder`. Nothing is synced: after a crash the audit begins anew."""

    def __init__(self, folder: Path, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._size = MAP_STEP
        self._store = lmdb.open(
            str(folder), map_size=self._size, sync=False, metasync=False, writemap=False, lock=False, readahead=False
        )
        # None: to be taken out of the file
        self._buffer: dict[bytes, bytes | None] = {}
        self._buffer_bytes = buffer_bytes
        self._held = 0

    def get(self, key: bytes) -> bytes | None:
        if key in self._buffer:
            return self._buffer[key]
        with self._store.begin() as reading:
            value: bytes | None = reading.get(key)
            return value

    def put(self, key: bytes, value: bytes | None) -> None:
        """None takes the key out."""
        if key in self._buffer:
            self._held -= len(self._buffer[key] or b"")
        else:
            self._held += ROW_BYTES + len(key)
        self._held += len(value or b"")
        self._buffer[key] = value
        if self._held > self._buffer_bytes:
            self.flush()

    def rows(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Keys that begin so, ascending, with their values; none of these may be put meanwhile, others may."""
        self.flush()
        rows = self._read_rows(prefix, prefix)
        while rows:
            yield from rows
            # The least key behind the last one.
            rows = self._read_rows(prefix, rows[-1][0] + b"\0")

    def _read_rows(self, prefix: bytes, first: bytes) -> list[tuple[bytes, bytes]]:
        with self._store.begin() as reading, reading.cursor() as cursor:
            if not cursor.set_range(first):
                return []
            rows = islice(cursor, READ_ROWS)
            return list(takewhile(lambda row: row[0].startswith(prefix), rows))

    def close(self) -> None:
        self._buffer.clear()
        self._store.close()

    def flush(self) -> None:
        """Write what is in the buffer to the file."""
        rows = sorted(self._buffer.items())
        while True:
            try:
                with self._store.begin(write=True) as writing:
                    for key, value in rows:
                        if value is None:
                            writing.delete(key)
                        else:
                            writing.put(key, value)
            except lmdb.MapFullError:
                self._size += MAP_STEP
                self._store.set_mapsize(self._size)
            else:
                break
        self._buffer.clear()
        self._held = 0
