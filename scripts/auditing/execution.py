"""The part of an audit that executes: in processes of its own, beside the one that recounts."""

import os
from collections.abc import Callable
from pathlib import Path

from ledger.audit.checks import Checks
from ledger.bundle.documents import Facts
from ledger.bundle.parts import StoredBlock, iterate_transactions
from ledger.bundle.reading import Bundle
from ledger.chain.header import BadHeaderError, decode_header
from scripts.auditing.crew import Crew, Soloist
from scripts.auditing.workers import EXECUTORS, Difference, UnknownExecutorError, execute_chain

WORTH_SPLITTING = 50_000_000
"""Gas from which on more processes are worth their start."""
MAX_CREW = 4
"""Processes that execute; each takes memory of its own."""


class ExecutionRun:
    """An execution that has begun: in one process, or for a long chain by stock py-evm in as many as there are cores.

    Errors  UnknownExecutorError, BundleError.
    """

    def __init__(self, path: Path, executor: str, facts: Facts) -> None:
        if executor not in EXECUTORS:
            raise UnknownExecutorError(f"--executor: {executor!r}, expected one of {', '.join(EXECUTORS)}")
        size = crew_size()
        is_split = executor == "stock" and size > 1 and is_worth_splitting(path, facts)
        self._run = Crew(path, facts.last, size) if is_split else Soloist(path, executor)

    def join(self, on_block: Callable[[int], None]) -> Checks:
        """What the execution found. Errors: ExecutorLostError, and what the executor was stopped by."""
        return _summarise(*self._run.result(on_block))

    def stop(self) -> None:
        """End what still runs; `join` then ends with an error."""
        self._run.stop()


def crew_size() -> int:
    return min(os.cpu_count() or 1, MAX_CREW)


def is_worth_splitting(path: Path, facts: Facts) -> bool:
    """Whether a bundle has more to execute than what starting processes takes. Errors: BundleError."""
    gas = 0
    with path.open("rb") as file:
        for stored in iterate_transactions(Bundle(file), facts.last):
            gas += _gas_of(stored)
            if gas >= WORTH_SPLITTING:
                return True
    return False


def execute_bundle(path: Path, executor: str, on_block: Callable[[int], None]) -> Checks:
    """Execute a bundle's blocks in this process, until one differs.

    Errors  BundleError; GenesisError; those of the executor.
    """
    executed = 0
    for answer in execute_chain(path, executor):
        if isinstance(answer, Difference):
            return _summarise(executed, answer)
        executed += 1
        on_block(answer)
    return _summarise(executed, None)


def _summarise(executed: int, wrong: Difference | None) -> Checks:
    """`executed`: blocks that are as they should be, from genesis on."""
    checks = Checks()
    checks.count("header.state", executed)
    checks.count("execution.receipts", max(executed - 1, 0))
    if wrong is not None:
        checks.at(wrong.height)
        checks.fail(wrong.code, wrong.expected, wrong.found)
        checks.skip(wrong.code, "blocks behind the one that differs were not executed")
    return checks


def _gas_of(stored: StoredBlock) -> int:
    try:
        return decode_header(stored.header).gas_used
    except BadHeaderError:
        # Whoever executes it, or recounts, will say so.
        return 0
