"""The part of an audit that executes: in a process of its own, beside the one that recounts."""

import multiprocessing
import multiprocessing.connection
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ledger.audit.checks import Checks
from ledger.bundle.documents import Facts, decode_facts
from ledger.bundle.parts import StoredBlock, iterate_transactions
from ledger.bundle.reading import Bundle
from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import parse_genesis
from ledger.chain.header import BadHeaderError, decode_header
from ledger.errors import BadInputError, CannotCheckError, LedgerError
from ledger.ports import Block
from node.execution.audit.port import AuditExecutor, ExecutionDiffersError
from node.execution.audit.stock import StockExecutor
from node.execution.audit.witness import StateWitness

CODES = {"state_root": "header.state"}
"""Codes by what differs; all else is `execution.receipts`."""


WORTH_SPLITTING = 50_000_000
"""Gas from which on a second process is worth its start."""
FIRST_SHARE = 0.55
"""Of the gas, for the process that begins at once; the other one first makes the states that it begins from."""


@dataclass(frozen=True, slots=True)
class Span:
    """Blocks of one process, both heights inclusive."""

    first: int
    last: int


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
    """An execution that has begun, in one process or, for a long chain, in two. `join` waits for it."""

    def __init__(self, path: Path, executor: str, facts: Facts) -> None:
        if executor not in EXECUTORS:
            raise UnknownExecutorError(f"--executor: {executor!r}, expected one of {', '.join(EXECUTORS)}")
        context = multiprocessing.get_context("spawn")
        self._workers: dict[Connection, BaseProcess] = {}
        for span in plan_spans(path, executor, facts):
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(str(path), executor, span, sender), daemon=True)
            process.start()
            sender.close()
            self._workers[receiver] = process

    def join(self, on_block: Callable[[int], None]) -> Checks:
        """What the execution found. Errors: ExecutorLostError, and what the executor was stopped by."""
        checks, waiting = Checks(), set(self._workers)
        while waiting:
            for ready in multiprocessing.connection.wait(list(waiting)):
                receiver = next(known for known in waiting if known is ready)
                try:
                    message = receiver.recv()
                except EOFError as error:
                    raise ExecutorLostError("executor: its process ended without its findings") from error
                if isinstance(message, int):
                    on_block(message)
                    continue
                if isinstance(message, LedgerError):
                    raise message
                checks.merge(message)
                waiting.discard(receiver)
        return checks

    def stop(self) -> None:
        """End what still runs; `join` then ends with an error."""
        for process in self._workers.values():
            process.terminate()
            process.join()


def plan_spans(path: Path, executor: str, facts: Facts) -> list[Span]:
    """Which blocks each process executes. Errors: BundleError."""
    whole = Span(0, facts.last)
    if executor != "stock" or (os.cpu_count() or 1) < 2:
        return [whole]
    with path.open("rb") as file:
        used = [_gas_of(stored) for stored in iterate_transactions(Bundle(file), facts.last)]
    if sum(used) < WORTH_SPLITTING:
        return [whole]
    half, height = FIRST_SHARE * sum(used), 0
    while half > 0:
        half -= used[height]
        height += 1
    return [Span(0, height - 1), Span(height, facts.last)] if height <= facts.last else [whole]


def _gas_of(stored: StoredBlock) -> int:
    try:
        return decode_header(stored.header).gas_used
    except BadHeaderError:
        # Whoever executes it, or recounts, will say so.
        return 0


def _work(path: str, executor: str, span: Span, sender: Connection) -> None:
    answer: Any
    try:
        answer = execute_bundle(Path(path), executor, sender.send, span)
    except LedgerError as error:
        answer = BadInputError(error.detail) if isinstance(error, BadInputError) else CannotCheckError(error.detail)
        answer.type = error.type
    sender.send(answer)
    sender.close()


def execute_bundle(path: Path, executor: str, on_block: Callable[[int], None], span: Span | None = None) -> Checks:
    """Execute a bundle's blocks, of a span those alone, until one differs.

    Errors  BundleError; GenesisError; those of the executor's start.
    """
    checks = Checks()
    with path.open("rb") as file, ExitStack() as stack:
        bundle = Bundle(file)
        facts = decode_facts(bundle.content("bundle.json"))
        genesis = parse_genesis(bundle.content("genesis.json").decode("utf-8", "replace"))
        first, last = (0, facts.last) if span is None else (span.first, span.last)
        blocks = iterate_transactions(bundle, facts.last)
        try:
            running = _start(stack, executor, genesis, islice(blocks, first), first)
            for stored in islice(blocks, last + 1 - first):
                checks.at(stored.height)
                _take(checks, running, Block(decode_header(stored.header), stored.transactions))
                on_block(stored.height)
        except (ExecutionDiffersError, BadInputError) as error:
            _note(checks, error)
    return checks


def _start(
    stack: ExitStack, executor: str, genesis: Genesis, before: Iterable[StoredBlock], first: int
) -> AuditExecutor:
    """An executor at the block `first`; those before it are another process's."""
    if first == 0:
        running = EXECUTORS[executor](genesis)
        stack.callback(running.close)
        return running
    witness = StateWitness(genesis)
    stack.callback(witness.close)
    late = StockExecutor(genesis, witness.find)
    stack.callback(late.close)
    for stored in before:
        block = Block(decode_header(stored.header), stored.transactions)
        if stored.height == 0:
            continue
        if not witness.follow(block):
            raise ExecutionDiffersError("block", "a block that can be executed", f"block {stored.height}")
        late.skip(block.header)
    return late


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
