"""States for an executor that begins in the middle: made quickly by the embedded engine, believed by nobody."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.chain.genesis import Genesis
from ledger.errors import LedgerError
from ledger.ports import Block
from ledger.primitives import Hash32
from node.execution.pyevm.engine import PyEvmEngine
from node.store.lmdb_store import LmdbStore
from node.store.opening import StoredNodes


class StateWitness:
    """Trie nodes and code by hash, up to the last block that was followed.

    Whoever uses them starts from a state root that a header names and checks every hash, so a wrong witness can only
    fail to give what is needed.
    """

    def __init__(self, genesis: Genesis) -> None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ortaq-audit-")))
            store = LmdbStore(folder / "store")
            stack.callback(store.close)
            self._engine = PyEvmEngine(store, genesis)
            self._nodes = StoredNodes(store)
            self._stack = stack.pop_all()

    def follow(self, block: Block) -> bool:
        """Execute the next block; False where it cannot be."""
        try:
            self._engine.make_head(self._engine.execute(block))
        except LedgerError:
            return False
        return True

    def find(self, key: bytes) -> bytes | None:
        return self._nodes.node(Hash32(key))

    def close(self) -> None:
        self._stack.close()
