"""Where an audit keeps what grows with the ballots: in tables that need not be in memory."""

from collections.abc import Iterator
from typing import Protocol

from ledger.voting.lane import Lane

SEAT_BYTES = 4


class Table(Protocol):
    """Values by key. A key is put again to change its value."""

    def get(self, key: bytes) -> bytes | None: ...

    def put(self, key: bytes, value: bytes) -> None: ...

    def drop(self, key: bytes) -> None: ...

    def values(self) -> Iterator[bytes]:
        """All values; nothing may be put or dropped meanwhile."""
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

    def values(self) -> Iterator[bytes]:
        return iter(self._rows.values())


class MemoryTables:
    """Tables in memory, for small bundles."""

    def table(self) -> Table:
        return MemoryTable()


class KeptLanes:
    """The lanes of one question in a table, as `ledger.voting.tally.Lanes`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._count = 0

    def get(self, seat: int, default: Lane, /) -> Lane:
        row = self._table.get(seat.to_bytes(SEAT_BYTES, "big"))
        return default if row is None else Lane(row[0], row[1:])

    def __setitem__(self, seat: int, lane: Lane, /) -> None:
        key = seat.to_bytes(SEAT_BYTES, "big")
        self._count += self._table.get(key) is None
        self._table.put(key, bytes([lane.sequence]) + lane.choice)

    def __len__(self) -> int:
        return self._count

    def values(self) -> Iterator[Lane]:
        return (Lane(row[0], row[1:]) for row in self._table.values())
