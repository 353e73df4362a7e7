"""The part of an audit that executes: in a process of its own, beside the one that recounts."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ledger.audit.checks import Checks
from ledger.bundle.documents import decode_facts
from ledger.bundle.parts import iterate_blocks
from ledger.bundle.reading import Bundle
from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import parse_genesis
from ledger.chain.header import decode_header
from ledger.errors import BadInputError, CannotCheckError, LedgerError
from ledger.ports import Block
from node.execution.audit.port import AuditExecutor, ExecutionDiffersError
from node.execution.audit.stock import StockExecutor

CODES = {"state_root": "header.state"}
"""Codes by what differs; all else is `execution.receipts`."""


class UnknownExecutorError(BadInputError):
    """A word that names no executor."""

    type = "unknown-executor"


class ExecutorLostError(CannotCheckError):
    """The executing process ended without an answer."""

    type = "executor-lost"


def _open_geth(genesis: Genesis) -> AuditExecutor:
    from node.execution.audit.geth import GethExecutor  # noqa: PLC0415  # geth is an optional part

    return GethExecutor(genesis)


EXECUTORS: dict[str, Callable[[Genesis], AuditExecutor]] = {"stock": StockExecutor, "geth": _open_geth}


class ExecutionRun:
    """An execution that has begun. `join` waits for it."""

    def __init__(self, path: Path, executor: str) -> None:
        if executor not in EXECUTORS:
            raise UnknownExecutorError(f"--executor: {executor!r}, expected one of {', '.join(EXECUTORS)}")
        context = multiprocessing.get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(str(path), executor, sender), daemon=True)
        self._process.start()
        sender.close()

    def join(self, on_block: Callable[[int], None]) -> Checks:
        """What the execution found. Errors: ExecutorLostError, and what the executor was stopped by."""
        try:
            while True:
                message = self._receiver.recv()
                if isinstance(message, int):
                    on_block(message)
                    continue
                if isinstance(message, LedgerError):
                    raise message
                found: Checks = message
                return found
        except EOFError as error:
            self._process.join()
            raise ExecutorLostError(
                f"executor: its process ended with {self._process.exitcode}, expected its findings"
            ) from error
        finally:
            self._receiver.close()

    def stop(self) -> None:
        """End the process, if it still runs; `join` then ends with an error."""
        self._process.terminate()
        self._process.join()


def _work(path: str, executor: str, sender: Connection) -> None:
    answer: Any
    try:
        answer = execute_bundle(Path(path), executor, sender.send)
    except LedgerError as error:
        answer = BadInputError(error.detail) if isinstance(error, BadInputError) else CannotCheckError(error.detail)
        answer.type = error.type
    sender.send(answer)
    sender.close()


def execute_bundle(path: Path, executor: str, on_block: Callable[[int], None]) -> Checks:
    """Execute a bundle's blocks until one differs.

    Errors  BundleError; GenesisError; those of the executor's start.
    """
    checks = Checks()
    with path.open("rb") as file:
        bundle = Bundle(file)
        facts = decode_facts(bundle.content("bundle.json"))
        genesis = parse_genesis(bundle.content("genesis.json").decode("utf-8", "replace"))
        running = EXECUTORS[executor](genesis)
        try:
            for stored in iterate_blocks(bundle, facts.last):
                checks.at(stored.height)
                try:
                    header = decode_header(stored.header)
                    _take(checks, running, Block(header, stored.transactions))
                except (ExecutionDiffersError, BadInputError) as error:
                    _note(checks, error)
                    break
                on_block(stored.height)
        finally:
            running.close()
    return checks


def _take(checks: Checks, running: AuditExecutor, block: Block) -> None:
    if block.header.number == 0:
        checks.expect("header.state", running.genesis(), block.header.hash, "block 0")
        return
    running.execute(block)
    checks.count("header.state")
    checks.count("execution.receipts")


def _note(checks: Checks, error: LedgerError) -> None:
    facts = error.facts
    code = CODES.get(str(facts.get("field")), "execution.receipts")
    checks.fail(code, str(facts.get("expected", "a block that can be executed")), str(facts.get("found", error.detail)))
    checks.skip(code, "blocks behind the one that differs were not executed")
