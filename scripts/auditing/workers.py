"""Processes that execute for an audit, and what each of them says."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ledger.bundle.documents import Facts, decode_facts
from ledger.bundle.parts import StoredBlock, iterate_transactions
from ledger.bundle.reading import Bundle
from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import parse_genesis
from ledger.chain.header import decode_header
from ledger.errors import BadInputError, CannotCheckError, LedgerError
from ledger.ports import Block
from ledger.primitives import Height
from node.execution.audit.port import AuditExecutor, ExecutionDiffersError

CODES = {"state_root": "header.state"}
"""Codes by what differs; all else is `execution.receipts`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A block that gives something else when it is executed, or that cannot be executed."""

    height: Height
    code: str
    expected: str
    found: str


class UnknownExecutorError(BadInputError):
    """A word that names no executor."""

    type = "unknown-executor"


def _open_stock(genesis: Genesis) -> AuditExecutor:
    from node.execution.audit.stock import StockExecutor  # noqa: PLC0415  # py-evm takes a second to import

    return StockExecutor(genesis)


def _open_geth(genesis: Genesis) -> AuditExecutor:
    from node.execution.audit.geth import GethExecutor  # noqa: PLC0415  # geth is an optional part

    return GethExecutor(genesis)


EXECUTORS: dict[str, Callable[[Genesis], AuditExecutor]] = {"stock": _open_stock, "geth": _open_geth}


def execute_chain(path: Path, executor: str) -> Iterator[Height | Difference]:
    """Execute a bundle's blocks one after another: the height of each that is as it should be, or what differs, after
    which nothing comes.

    Errors  BundleError; GenesisError; those of the executor.
    """
    with opened_bundle(path) as (bundle, facts, genesis), ExitStack() as stack:
        running = EXECUTORS[executor](genesis)
        stack.callback(running.close)
        for stored in iterate_transactions(bundle, facts.last):
            answer = execute_block(running, stored)
            yield answer
            if isinstance(answer, Difference):
                return


def work_alone(path: str, executor: str, sender: Connection) -> None:
    """A process that executes all blocks, and tells of each."""
    with telling(sender):
        for answer in execute_chain(Path(path), executor):
            sender.send(answer)


def execute_block(running: AuditExecutor, stored: StoredBlock) -> Height | Difference:
    height = Height(stored.height)
    try:
        header = decode_header(stored.header)
        if height:
            running.execute(Block(header, stored.transactions))
        elif running.genesis() != header.hash:
            return Difference(height, "header.state", "0x" + running.genesis().hex(), "0x" + header.hash.hex())
    except (ExecutionDiffersError, BadInputError) as error:
        facts = error.facts
        expected, found = facts.get("expected", "a block that can be executed"), facts.get("found", error.detail)
        code = CODES.get(str(facts.get("field")), "execution.receipts")
        return Difference(height, code, str(expected), str(found))
    return height


@contextmanager
def opened_bundle(path: Path) -> Iterator[tuple[Bundle, Facts, Genesis]]:
    with path.open("rb") as file:
        bundle = Bundle(file)
        facts = decode_facts(bundle.content("bundle.json"))
        yield bundle, facts, parse_genesis(bundle.content("genesis.json").decode("utf-8", "replace"))


@contextmanager
def telling(sender: Connection) -> Iterator[None]:
    """Sends None at the end, or the error that ended it in a form that can be sent.

    A process that is told to end does so in order: geth and the files on disk go with it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    answer: LedgerError | None = None
    try:
        yield
    except LedgerError as error:
        answer = BadInputError(error.detail) if isinstance(error, BadInputError) else CannotCheckError(error.detail)
        answer.type = error.type
    sender.send(answer)
    sender.close()
