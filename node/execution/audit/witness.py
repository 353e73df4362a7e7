"""States for executors that begin in the middle: made quickly by the embedded engine, believed by nobody."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ledger.chain.genesis import Genesis
from ledger.errors import LedgerError
from ledger.ports import Block
from node.execution.pyevm.engine import PyEvmEngine
from node.store.lmdb_store import LmdbStore
from node.store.opening import StoredNodes


class StateWitness:
    """Trie nodes and code by hash, in `folder`, up to the last block that was followed.

    Whoever uses them starts from a state root that a header names and checks every hash, so a wrong witness can only
    fail to give what is needed.
    """

    def __init__(self, genesis: Genesis, folder: Path) -> None:
        with ExitStack() as stack:
            store = LmdbStore(folder)
            stack.callback(store.close)
            self._engine = PyEvmEngine(store, genesis)
            self._stack = stack.pop_all()

    def follow(self, block: Block) -> bool:
        """Execute the next block; False where it cannot be."""
        try:
            self._engine.make_head(self._engine.execute(block))
        except LedgerError:
            return False
        return True

    def close(self) -> None:
        self._stack.close()


@contextmanager
def open_states(folder: Path) -> Iterator[Callable[[bytes], bytes | None]]:
    """What a witness has written, also while it goes on in another process."""
    with closing(LmdbStore(folder, read_only=True)) as store:
        yield StoredNodes(store).node
