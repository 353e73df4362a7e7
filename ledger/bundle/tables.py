"""Where a reader of a whole chain keeps what grows with it: in tables that need not be in memory."""

from collections.abc import Iterator
from typing import Protocol


class Table(Protocol):
    """Values by key. A key is put again to change its value."""

    def get(self, key: bytes) -> bytes | None: ...

    def put(self, key: bytes, value: bytes) -> None: ...

    def drop(self, key: bytes) -> None: ...

    def rows(self, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Keys that begin so, ascending, with their values; none of this table may be put or dropped meanwhile."""
        ...


class Tables(Protocol):
    """Makes tables, each empty."""

    def table(self) -> Table: ...


class MemoryTable:
    """A table in memory."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self._rows[key] = value

    def drop(self, key: bytes) -> None:
        self._rows.pop(key, None)

    def rows(self, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        return iter(sorted(row for row in self._rows.items() if row[0].startswith(prefix)))


class MemoryTables:
    """Tables in memory, for small bundles."""

    def table(self) -> Table:
        return MemoryTable()
