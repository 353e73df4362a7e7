"""Tables of an audit on disk, in a folder that goes with them."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from ledger.bundle.tables import Table
from node.execution.audit.scratch import BUFFER_BYTES, ScratchFile


class DiskTables:
    """Tables in one file, whose rows are in memory only until they are many; as `ledger.bundle.tables.Tables`."""

    def __init__(self, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._folder = TemporaryDirectory(prefix="ortaq-audit-")
        self._file = ScratchFile(Path(self._folder.name), buffer_bytes)
        self._count = 0

    def __enter__(self) -> "DiskTables":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._folder.cleanup()

    def table(self) -> Table:
        self._count += 1
        return DiskTable(self._file, self._count.to_bytes(4, "big"))


class DiskTable:
    """One table. `prefix`: before its keys in the file."""

    def __init__(self, file: ScratchFile, prefix: bytes) -> None:
        self._file = file
        self._prefix = prefix

    def get(self, key: bytes) -> bytes | None:
        return self._file.get(self._prefix + key)

    def put(self, key: bytes, value: bytes) -> None:
        self._file.put(self._prefix + key, value)

    def drop(self, key: bytes) -> None:
        self._file.put(self._prefix + key, None)

    def rows(self, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        skipped = len(self._prefix)
        return ((key[skipped:], value) for key, value in self._file.rows(self._prefix + prefix))
