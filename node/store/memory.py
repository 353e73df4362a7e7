"""A store in memory, for audits and trials that need no disk."""

from collections.abc import Iterator

from node.store.ports import Rows


class MemorySnapshot:
    """The rows of a `MemoryStore` at one commit; as it is copied, use it for small stores."""

    def __init__(self, rows: dict[bytes, bytes]) -> None:
        self._rows = rows
        self._keys: list[bytes] | None = None

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def scan(self, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes]]:
        if self._keys is None:
            self._keys = sorted(self._rows)
        for key in self._keys:
            if start <= key < stop:
                yield key, self._rows[key]

    def close(self) -> None:
        """Nothing to free."""


class MemoryStore:
    """Rows in a dictionary. Rows are only ever replaced as a whole, so a snapshot keeps the dictionary it got."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}
        self._is_shared = False

    def snapshot(self) -> MemorySnapshot:
        self._is_shared = True
        return MemorySnapshot(self._rows)

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def commit(self, rows: Rows) -> None:
        if self._is_shared:
            self._rows, self._is_shared = dict(self._rows), False
        for key, value in rows.items():
            if value is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = value

    def close(self) -> None:
        """Nothing to free."""
