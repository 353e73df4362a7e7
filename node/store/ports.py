"""What the engine needs of a store: snapshots to read from, and commits that happen whole or not at all."""

from collections.abc import Iterator, Mapping
from typing import Protocol

Rows = Mapping[bytes, bytes | None]
"""Rows to write by key; None deletes a row."""


class Snapshot(Protocol):
    """The rows as of one commit. Later commits do not change it; close it soon, for it keeps old pages from reuse."""

    def get(self, key: bytes, /) -> bytes | None: ...

    def scan(self, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows from `start` up to, not including, `stop`, in order of their keys."""
        ...

    def close(self) -> None: ...


class KeyValueStore(Protocol):
    """Rows by key, with one writer."""

    def snapshot(self) -> Snapshot: ...

    def get(self, key: bytes) -> bytes | None:
        """Read one row as of the last commit."""
        ...

    def commit(self, rows: Rows) -> None:
        """Write all rows durably in one step. StoreFullError where there is no room: then nothing was written."""
        ...

    def close(self) -> None: ...
