"""geth as the executor of an audit, on states and a store that go with it."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.chain.genesis import Genesis
from ledger.errors import BadInputError
from ledger.ports import Block
from ledger.primitives import Hash32
from node.execution.audit.port import ExecutionDiffersError
from node.execution.geth.engine import GethEngine
from node.execution.rules import InvalidBlockError
from node.store.lmdb_store import LmdbStore


class GethExecutor:
    """A geth of its own. Errors: ExecutorMissingError, ExecutorUnavailableError."""

    is_independent = True

    def __init__(self, genesis: Genesis) -> None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ortaq-audit-")))
            store = LmdbStore(folder / "store")
            stack.callback(store.close)
            self._engine = stack.enter_context(GethEngine.open(folder / "geth", genesis, store))
            self._stack = stack.pop_all()

    @property
    def name(self) -> str:
        return f"geth {self._engine.version}"

    def genesis(self) -> Hash32:
        return self._engine.head().hash

    def execute(self, block: Block) -> None:
        """As the port says."""
        try:
            self._engine.make_head(self._engine.execute(block))
        except InvalidBlockError as error:
            fields = error.facts.get("fields") or ["block"]
            raise ExecutionDiffersError(str(fields[0]), "what geth computes", error.detail) from error
        except BadInputError as error:
            raise ExecutionDiffersError("block", "a block that can be executed", error.detail) from error

    def close(self) -> None:
        self._stack.close()
