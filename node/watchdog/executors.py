"""Executors of a watchdog: each with a state and a store of its own."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ledger.chain.genesis import Genesis
from ledger.errors import BadInputError
from ledger.ports import ChainReader, ExecutionEngine
from node.execution.geth.engine import GethEngine
from node.execution.pyevm.engine import PyEvmEngine
from node.store.lmdb_store import LmdbStore

STORES = {"pyevm": "store", "geth": "geth-store"}
"""Names of executors, and the folder of each one's chain."""
GETH_FOLDER = "geth"


class UnknownExecutorError(BadInputError):
    """A name that no executor has, or the same one twice."""

    type = "unknown-executor"


class WatchEngine(ExecutionEngine, Protocol):
    """An execution engine whose store can be read in any thread."""

    def reader(self) -> ChainReader: ...


@dataclass(frozen=True, slots=True)
class Executor:
    """One executor, open. The first of several keeps the chain that the watchdog answers from."""

    name: str
    engine: WatchEngine
    chain: ChainReader


def validate_executors(names: Sequence[str]) -> None:
    """Errors  UnknownExecutorError."""
    wrong = [name for name in names if name not in STORES]
    if wrong or not names or len(set(names)) != len(names):
        raise UnknownExecutorError(
            f"executor: {', '.join(names) or 'none'}, expected {' or '.join(STORES)}, each at most once"
        )


@contextmanager
def open_executors(names: Sequence[str], folder: Path, genesis: Genesis) -> Iterator[list[Executor]]:
    """Open stores and executors, in this order.

    Errors  UnknownExecutorError; StoreLockedError, StoreMismatchError, StoreDamagedError; ExecutorMissingError and
            ExecutorUnavailableError of geth.
    """
    validate_executors(names)
    with ExitStack() as stack:
        found = []
        for name in names:
            store = stack.enter_context(closing(LmdbStore(folder / STORES[name])))
            engine: PyEvmEngine | GethEngine
            if name == "geth":
                engine = stack.enter_context(GethEngine.open(folder / GETH_FOLDER, genesis, store))
            else:
                engine = PyEvmEngine(store, genesis)
            found.append(Executor(name, engine, engine.reader()))
        yield found
