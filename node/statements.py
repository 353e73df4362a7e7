"""Statements of voters that they checked their ballots, kept beside a ledger's store: one row a question and seat.

```
question hash (32) seat u32            sequence u8, ballot digest (32), signature (64)
```
They belong to the server that took them, not to the chain: another server has others.
"""

import threading
import time
from contextlib import closing
from itertools import islice
from pathlib import Path

from ledger.errors import LedgerError
from ledger.primitives import Hash32
from ledger.voting.checked import Checked, SignedChecked, StatementsNotKeptError
from node.store.errors import NoStoreError, StoreDamagedError, StoreLockedError
from node.store.lmdb_store import LmdbStore

MAP_BYTES = 1 << 34
"""Address space, 16 GiB: it bounds the file and costs nothing until it is used."""
PATIENCE_S = 2.0
"""How long to wait for another process that writes."""
PAUSE_S = 0.02
_ROW = 1 + 32 + 64


class StatementStore:
    """A directory of its own, made with the first statement. Several threads and processes may use it.

    It is open only while it is read or written, so that a node and an explorer beside it can both take statements.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # LMDB's file may be open only once in a process.
        self._lock = threading.Lock()

    def put(self, sequence: int, signed: SignedChecked) -> bool:
        """As the port says. Errors: StatementsNotKeptError for a directory that cannot be written."""
        key = _key(signed.statement.question, signed.statement.seat)
        row = bytes([sequence]) + signed.statement.ballot + signed.signature
        try:
            with self._lock, closing(self._open_to_write()) as store:
                known = store.get(key)
                if known is not None and known[0] >= sequence:
                    return False
                store.commit({key: row})
                return True
        except (OSError, LedgerError) as error:
            reason = error.detail if isinstance(error, LedgerError) else str(error)
            raise StatementsNotKeptError(f"statements: this server cannot keep them ({reason})") from error

    def scan(self, question: Hash32, first_seat: int = 0, limit: int | None = None) -> list[tuple[int, SignedChecked]]:
        """As the port says. Errors: StoreDamagedError."""
        with self._lock:
            try:
                store = LmdbStore(self._path, read_only=True, map_bytes=MAP_BYTES)
            except NoStoreError:
                return []
            with closing(store), closing(store.snapshot()) as snapshot:
                rows = snapshot.scan(_key(question, first_seat), question + b"\xff" * 5)
                return [_decode(question, key, row) for key, row in islice(rows, limit)]

    def _open_to_write(self) -> LmdbStore:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return LmdbStore(self._path, map_bytes=MAP_BYTES)
            except StoreLockedError:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE_S)


def _key(question: Hash32, seat: int) -> bytes:
    return question + seat.to_bytes(4, "big")


def _decode(question: Hash32, key: bytes, row: bytes) -> tuple[int, SignedChecked]:
    if len(key) != 36 or len(row) != _ROW:
        raise StoreDamagedError(f"statements: a row of {len(key)} and {len(row)} bytes, expected 36 and {_ROW}")
    seat = int.from_bytes(key[32:], "big")
    return row[0], SignedChecked(Checked(question, seat, Hash32(row[1:33])), row[33:])
