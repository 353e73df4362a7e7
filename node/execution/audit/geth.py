"""geth as the executor of an audit: each block given to it once, nothing asked back but its verdict."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.chain.genesis import Genesis
from ledger.ports import Block
from ledger.primitives import Hash32
from node.execution.audit.port import ExecutionDiffersError
from node.execution.geth import trials
from node.execution.geth.errors import ExecutorUnavailableError
from node.execution.geth.link import Asker, GethLink
from node.execution.geth.process import GethOptions, GethProcess

# States that a crash would lose are no loss to an audit; to fetch ahead is to execute everything twice; snapshots are
# held in memory for 128 blocks, and make nothing faster here.
FLAGS = ("--gcmode=full", "--cache.noprefetch", "--snapshot=false")
OPTIONS = GethOptions(answer_s=600, cache_mib=128, gc_percent=50)
HEAD_EVERY = 64
"""Blocks between two heads: those between follow each other without one."""
FIELDS = {"gas used": "gas_used", "receipt root hash": "receipts_root", "merkle root": "state_root"}
_DIFFERS = re.compile(r"invalid (gas used|receipt root hash|merkle root) \(remote: (\w+) local: (\w+)\)")


class GethExecutor:
    """A geth of its own, whose folder goes with it.

    Errors  of the start ExecutorMissingError; of all else ExecutorUnavailableError: a geth that ends before its time
            has lost what it executed.
    """

    is_independent = True

    def __init__(self, genesis: Genesis, options: GethOptions = OPTIONS) -> None:
        self._executed = 0
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ortaq-audit-")))
            options = replace(options, flags=FLAGS)
            self._process = GethProcess(folder, genesis, options)
            self._link = GethLink(self._process, options, self._prepare)
            stack.callback(self._link.close)
            # Ending in order would write states that nobody reads.
            stack.callback(self._process.kill)
            self._link.open()
            self._stack = stack.pop_all()

    @property
    def name(self) -> str:
        return f"geth {self._process.version}"

    def genesis(self) -> Hash32:
        return Hash32(trials.hash_at(self._link, 0) or b"")

    def execute(self, block: Block) -> None:
        """As the port says."""
        verdict = trials.execute(self._link, block)
        if not verdict.is_known:
            raise ExecutionDiffersError("block", "a block that follows the one before", f"block {block.header.number}")
        if verdict.reason is not None:
            raise _difference(verdict.reason)
        self._executed += 1
        if self._executed % HEAD_EVERY == 0:
            trials.make_head(self._link, block.header)

    def close(self) -> None:
        self._stack.close()

    def _prepare(self, _: Asker, __: Callable[[], None]) -> None:
        if self._executed:
            raise ExecutorUnavailableError(f"executor: geth ended after {self._executed} blocks of an audit")


def _difference(reason: str) -> ExecutionDiffersError:
    """What geth says of an invalid block, by field where it names one."""
    found = _DIFFERS.search(reason)
    if found is None:
        return ExecutionDiffersError("block", "a block that can be executed", reason[:300])
    return ExecutionDiffersError(FIELDS[found[1]], found[3], found[2])
