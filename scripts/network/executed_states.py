"""States of a chain that its node does not keep: its blocks executed once more, in a store that is thrown away."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.chain.genesis import Genesis
from ledger.chain.trie import NodeSource
from ledger.ports import ChainReader
from ledger.primitives import Height
from node.execution.pyevm.engine import PyEvmEngine
from node.store import rows
from node.store.lmdb_store import LmdbStore
from node.store.opening import StoredNodes
from scripts.records.chain_source import ChainGapError
from scripts.terminal.console import Steps

STEP = "states"
SEALS_TOGETHER = 1_000


@contextmanager
def executed_states(
    chain: ChainReader, genesis: Genesis, last: Height, beside: Path, steps: Steps
) -> Iterator[tuple[NodeSource, ChainReader]]:
    """Trie nodes of all states up to a block, and the chain with them.

    Shape   `beside`: a folder on a disk with room for the states.
    Errors  InvalidBlockError for a block that gives something else here than where it was made; ChainGapError.
    """
    with (
        tempfile.TemporaryDirectory(prefix=".ortaq-states-", dir=beside) as folder,
        closing(LmdbStore(Path(folder))) as store,
    ):
        engine = PyEvmEngine(store, genesis)
        steps.start(STEP, last)
        seals: dict[bytes, bytes | None] = {}
        for height in map(Height, range(1, last + 1)):
            block = chain.block(height)
            if block is None:
                raise ChainGapError(f"block {height}: not in the store", height=height)
            engine.make_head(engine.execute(block))
            seal = chain.seal(height)
            if seal is not None:
                seals |= rows.seal_rows(height, seal, None)
            if len(seals) >= SEALS_TOGETHER or height == last:
                store.commit(seals)
                seals = {}
            steps.advance(STEP)
        yield StoredNodes(store), engine.reader()
