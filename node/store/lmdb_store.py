"""The store on disk: LMDB, one durable commit a block, one writer, any number of readers."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import lmdb

from ledger.errors import LedgerError
from node.store.errors import NoStoreError, StoreDamagedError, StoreFullError, StoreLockedError
from node.store.ports import Rows

MAP_BYTES = 1 << 38
"""Address space reserved for the file, 256 GiB. It bounds the store's size and costs nothing until it is used."""
MAX_READERS = 512
_DATA, _WRITER = "data.mdb", "writer.lock"


class LmdbSnapshot:
    """One read transaction. Use it in one thread at a time."""

    def __init__(self, transaction: "lmdb.Transaction") -> None:
        self._transaction = transaction
        # Without `buffers` LMDB gives bytes, never a view.
        self.get = cast(Callable[[bytes], bytes | None], transaction.get)

    def scan(self, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes]]:
        with self._transaction.cursor() as cursor:
            if cursor.set_range(start):
                for row in cursor:
                    key, value = bytes(row[0]), bytes(row[1])
                    if key >= stop:
                        return
                    yield key, value

    def close(self) -> None:
        self._transaction.abort()


class LmdbStore:
    """A directory with LMDB's data and lock files, and `writer.lock`, which the writer holds.

    A writer makes the directory where there is none. Readers may be in the same process (`snapshot`) or in another
    (`LmdbStore(path, read_only=True)`); they never wait for the writer nor it for them.

    Errors  NoStoreError, StoreLockedError (another writer), StoreDamagedError (cut off or foreign files).
    """

    def __init__(self, path: Path, *, read_only: bool = False, map_bytes: int = MAP_BYTES) -> None:
        self.path = path
        self._lock: int | None = None
        data = path / _DATA
        is_new = not data.exists()
        if is_new and read_only:
            raise NoStoreError(f"store {path}: there is none", path=str(path))
        if not read_only:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = _take_writer_lock(path)
        try:
            self._environment = _open_environment(path, is_new, read_only, map_bytes)
        except BaseException:
            self._release()
            raise

    def snapshot(self) -> LmdbSnapshot:
        return LmdbSnapshot(self._environment.begin())

    def get(self, key: bytes) -> bytes | None:
        with self._environment.begin() as transaction:
            value: bytes | None = transaction.get(key)
            return value

    def commit(self, rows: Rows) -> None:
        try:
            with self._environment.begin(write=True) as transaction:
                put = transaction.put
                # Sorted, so that neighbouring rows are put on a page while it is at hand.
                for key in sorted(rows):
                    value = rows[key]
                    if value is None:
                        transaction.delete(key)
                    else:
                        put(key, value)
        except lmdb.Error as error:
            raise self._failure(error, rows) from error
        # LMDB may leave unused pages at the end unwritten; with them the file's size tells whether it was cut off.
        needed = _needed_bytes(self._environment)
        if (self.path / _DATA).stat().st_size < needed:
            os.truncate(self.path / _DATA, needed)

    def close(self) -> None:
        self._environment.close()
        self._release()

    def _failure(self, error: lmdb.Error, rows: Rows) -> LedgerError:
        # LMDB reports the write that filled the disk as an I/O error, for it was cut short.
        disk = os.statvfs(self.path)
        size = sum(len(key) + len(value or b"") for key, value in rows.items())
        is_full = disk.f_bavail * disk.f_frsize < 2 * size + (1 << 20)
        if is_full or isinstance(error, lmdb.MapFullError):
            return StoreFullError(
                f"store {self.path}: no room for {size} bytes; nothing of the commit was written ({error})",
                path=str(self.path),
                bytes=size,
            )
        return StoreDamagedError(f"store {self.path}: {error}", path=str(self.path))

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _take_writer_lock(path: Path) -> int:
    handle = os.open(path / _WRITER, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
        os.close(handle)
        raise StoreLockedError(
            f"store {path}: process {holder} writes to it, expected no other writer", path=str(path), process=holder
        ) from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _open_environment(path: Path, is_new: bool, read_only: bool, map_bytes: int) -> "lmdb.Environment":
    data = path / _DATA
    if not is_new and data.stat().st_size == 0:
        raise StoreDamagedError(f"store {data}: file is empty", path=str(data))
    try:
        environment = lmdb.open(
            str(path),
            map_size=map_bytes,
            readonly=read_only,
            readahead=False,
            max_readers=MAX_READERS,
            max_spare_txns=16,
        )
    except lmdb.Error as error:
        raise StoreDamagedError(f"store {data}: {error}", path=str(data)) from error
    # Reading a page that the file does not have would kill the process.
    needed, size = _needed_bytes(environment), data.stat().st_size
    if size < needed:
        environment.close()
        raise StoreDamagedError(f"store {data}: {size} bytes, expected at least {needed}: cut off", path=str(data))
    # A reader that was killed leaves its mark; as long as it stays, old pages are not used again.
    environment.reader_check()
    return environment


def _needed_bytes(environment: "lmdb.Environment") -> int:
    pages: int = environment.info()["last_pgno"] + 1
    page_bytes: int = environment.stat()["psize"]
    return pages * page_bytes
