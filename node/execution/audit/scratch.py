"""A key-value file that nobody keeps, with a buffer in memory before it."""

from collections.abc import Iterator
from pathlib import Path

import lmdb

BUFFER_BYTES = 32 * 1024 * 1024
ROW_BYTES = 150
"""What a row in the buffer takes besides its key and value."""
MAP_STEP = 1 << 30


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
        if key not in self._buffer:
            self._held += ROW_BYTES + len(key) + len(value or b"")
        self._buffer[key] = value
        if self._held > self._buffer_bytes:
            self.flush()

    def values(self, prefix: bytes) -> Iterator[bytes]:
        """All values of keys that begin so, by ascending key; nothing may be put meanwhile."""
        self.flush()
        with self._store.begin() as reading, reading.cursor() as cursor:
            if not cursor.set_range(prefix):
                return
            for key, value in cursor:
                if not bytes(key).startswith(prefix):
                    return
                yield bytes(value)

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
