"""A ledger on geth, with the embedded engine beside it that says what is right."""

import os
import signal
from dataclasses import replace
from pathlib import Path

from ledger.ports import Executed
from node.execution.geth.engine import GethEngine
from node.execution.geth.process import GethOptions
from node.execution.pyevm.engine import PyEvmEngine
from node.store.memory import MemoryStore
from tests.engines import geth_binary
from tests.node.execution.conformance import ALLOC, COUNTER, sign
from tests.node.execution.ledgers import attributes_after, make_genesis

GENESIS = make_genesis(ALLOC)


def options(**changes) -> GethOptions:
    quick = GethOptions(geth_binary(), cache_mib=64, start_s=30, stop_s=10, answer_s=10, patience_s=60)
    return replace(quick, **changes)


class GethLedger:
    """An engine with a store of its own, and the embedded engine beside it that says what is right."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryStore()
        self.twin = PyEvmEngine(MemoryStore(), GENESIS)
        self.engine = GethEngine.open(folder, GENESIS, self.store, options())

    def build(self) -> Executed:
        return self.engine.build([sign(nonce=self.engine.head().number)], attributes_after(self.engine.head()))

    def make_head(self, executed: Executed) -> None:
        self.twin.make_head(self.twin.execute(executed.block))
        self.engine.make_head(executed)

    def grow(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.make_head(self.build())

    def check(self) -> None:
        """Same head and state as the twin's, and another block can be made."""
        self.grow()
        assert self.engine.head() == self.twin.head()
        assert self.engine.state().proof(COUNTER, [0]) == self.twin.state().proof(COUNTER, [0])

    @property
    def pid(self) -> int:
        pid = self.engine.link._process.pid
        assert pid is not None
        return pid

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def reopen(self, **changes) -> None:
        self.engine.close()
        self.engine = GethEngine.open(self.folder, GENESIS, self.store, options(**changes))
