"""What an audit keeps in tables, so that its memory does not grow with the chain: records, and lanes of seats."""

from collections.abc import Iterator
from typing import Generic, Protocol, Self, TypeVar

from ledger.bundle.tables import Table
from ledger.primitives import Address, to_word
from ledger.voting.lane import Lane

SEAT_BYTES = 4
NUMBER_BYTES = 33
"""Of any value of a contract, with its sign."""


class Record(Protocol):
    """What a row of a table stands for."""

    def encode(self) -> bytes: ...

    @classmethod
    def decode(cls, row: bytes, /) -> Self: ...


R = TypeVar("R", bound=Record)


class Records(Generic[R]):
    """Records of one kind. One that was changed is put again."""

    def __init__(self, table: Table, kind: type[R]) -> None:
        self._table = table
        self._kind = kind

    def get(self, key: bytes) -> R | None:
        row = self._table.get(key)
        return None if row is None else self._kind.decode(row)

    def put(self, key: bytes, record: R) -> None:
        self._table.put(key, record.encode())

    def items(self) -> Iterator[tuple[bytes, R]]:
        """By ascending key; nothing may be put meanwhile."""
        return ((key, self._kind.decode(row)) for key, row in self._table.rows())


def numbered(address: Address, number: int) -> bytes:
    """The key of what a contract numbers."""
    return address + to_word(number)


def split_numbered(key: bytes) -> tuple[Address, int]:
    return Address(key[:20]), int.from_bytes(key[20:], "big")


def encode_number(value: int) -> bytes:
    return value.to_bytes(NUMBER_BYTES, "big", signed=True)


def decode_number(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


class KeptLanes:
    """The lanes of one question, as `ledger.voting.tally.Lanes`. `prefix`: its own among those of the table."""

    def __init__(self, table: Table, prefix: bytes = b"", count: int = 0) -> None:
        self._table = table
        self._prefix = prefix
        self._count = count

    def get(self, seat: int, default: Lane, /) -> Lane:
        row = self._table.get(self._prefix + seat.to_bytes(SEAT_BYTES, "big"))
        return default if row is None else Lane(row[0], row[1:])

    def __setitem__(self, seat: int, lane: Lane, /) -> None:
        key = self._prefix + seat.to_bytes(SEAT_BYTES, "big")
        self._count += self._table.get(key) is None
        self._table.put(key, bytes([lane.sequence]) + lane.choice)

    def __len__(self) -> int:
        return self._count

    def values(self) -> Iterator[Lane]:
        return (Lane(row[0], row[1:]) for _, row in self._table.rows(self._prefix))
