"""A key-value store for py-evm that keeps little in memory."""

from collections.abc import Callable
from pathlib import Path

from eth.db.backends.base import BaseDB

from ledger.primitives import keccak256
from node.execution.audit.scratch import ScratchFile


class ScratchDB(BaseDB):
    """Values by key, in a file in `folder`.

    `witness`: where trie nodes and code come from that are not here. It is not believed: what it gives must hash to the
    key.
    """

    def __init__(self, folder: Path, witness: Callable[[bytes], bytes | None] | None = None) -> None:
        self._witness = witness
        self._file = ScratchFile(folder)

    def __getitem__(self, key: bytes) -> bytes:
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._file.put(key, value)

    def __delitem__(self, key: bytes) -> None:
        # Every state is kept as its hash names it: what py-evm drops, another state may have.
        if len(key) != 32:
            self._file.put(key, None)

    def _exists(self, key: bytes) -> bool:
        return self._find(key) is not None

    def close(self) -> None:
        self._file.close()

    def _find(self, key: bytes) -> bytes | None:
        value = self._file.get(key)
        return self._ask_witness(key) if value is None else value

    def _ask_witness(self, key: bytes) -> bytes | None:
        if self._witness is None or len(key) != 32:
            return None
        value = self._witness(key)
        return value if value is not None and keccak256(value) == key else None
