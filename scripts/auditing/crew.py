"""Blocks of a long chain handed out to processes that execute them, each as soon as the state before it is made."""

import multiprocessing
import multiprocessing.connection
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.errors import CannotCheckError, LedgerError
from ledger.primitives import Height
from scripts.auditing.workers import Difference, work_alone


class ExecutorLostError(CannotCheckError):
    """An executing process ended without an answer."""

    type = "executor-lost"


class Soloist:
    """One process that executes the whole chain. `result` waits for it."""

    def __init__(self, path: Path, executor: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._answers, sender = context.Pipe(duplex=False)
        self._process = _start(context, work_alone, str(path), executor, sender)

    def result(self, on_block: Callable[[int], None]) -> tuple[int, Difference | None]:
        """How many blocks were as they should be, and the first that was not. Errors: as `Crew.result`."""
        executed, wrong = 0, None
        while (answer := receive(self._answers)) is not None:
            if isinstance(answer, Difference):
                wrong = answer
            else:
                executed += 1
                on_block(answer)
        return executed, wrong

    def stop(self) -> None:
        """End what still runs; `result` then ends with an error."""
        _end(self._process)


class Crew:
    """A process that makes states, and `size` that execute blocks from them.

    A state that was made wrong can only be missing: a header names it by its hash. So what is found does not depend on
    who made the states, nor on who took which block.
    """

    def __init__(self, path: Path, last: int, size: int) -> None:
        # py-evm takes a second to import, which an audit by geth saves.
        from scripts.auditing.crew_members import make_states, work_on_blocks  # noqa: PLC0415

        context = multiprocessing.get_context("spawn")
        self._last = last
        self._folder = TemporaryDirectory(prefix="ortaq-audit-")
        self._states, sender = context.Pipe(duplex=False)
        self._processes = [_start(context, make_states, str(path), self._folder.name, sender)]
        self._idle: list[Connection] = []
        for _ in range(size):
            here, there = context.Pipe()
            self._processes.append(_start(context, work_on_blocks, str(path), self._folder.name, there))
            self._idle.append(here)
        self._next, self._reach = 0, -1
        self._has_states = True
        self._wrong: list[Difference] = []

    def result(self, on_block: Callable[[int], None]) -> tuple[int, Difference | None]:
        """How many blocks were as they should be, and the first that was not.

        Errors  ExecutorLostError; what a process was stopped by.
        """
        busy: set[Connection] = set()
        while True:
            self._hand_out(busy)
            waiting = [*busy, *([self._states] if self._has_states else [])]
            if not busy and (self._wrong or self._next > self._last or not self._has_states):
                break
            for ready in multiprocessing.connection.wait(waiting):
                connection = next(known for known in waiting if known is ready)
                answer = receive(connection)
                if connection is self._states:
                    self._take_state(answer)
                else:
                    busy.discard(connection)
                    self._idle.append(connection)
                    self._take_block(answer, on_block)
        for connection in self._idle:
            connection.send(None)
        return self._summary()

    def stop(self) -> None:
        """End what still runs; `result` then ends with an error."""
        for process in self._processes:
            _end(process)
        self._folder.cleanup()

    def _hand_out(self, busy: set[Connection]) -> None:
        """Give the next blocks to those who wait: block n needs the state after block n - 1."""
        while self._idle and not self._wrong and self._next <= self._last and self._reach >= max(self._next - 1, 0):
            connection = self._idle.pop()
            connection.send(self._next)
            busy.add(connection)
            self._next += 1

    def _take_state(self, answer: Height | Difference | None) -> None:
        if isinstance(answer, int):
            self._reach = answer
        else:
            self._has_states = False

    def _take_block(self, answer: Height | Difference | None, on_block: Callable[[int], None]) -> None:
        if isinstance(answer, Difference):
            self._wrong.append(answer)
        elif answer is not None:
            on_block(answer)

    def _summary(self) -> tuple[int, Difference | None]:
        if self._wrong:
            first = min(self._wrong, key=lambda difference: difference.height)
            return first.height, first
        if self._next <= self._last:
            # Executed as it should be, but the next block has no state to begin from.
            height = Height(self._next - 1)
            expected = "a block that the embedded engine can execute"
            return height, Difference(height, "execution.receipts", expected, f"block {height}")
        return self._next, None


def receive(connection: Connection) -> Height | Difference | None:
    """A process's next answer, None at its end. Errors: ExecutorLostError, and the error that the process met."""
    try:
        answer: Height | Difference | LedgerError | None = connection.recv()
    except (EOFError, ConnectionError) as error:
        raise ExecutorLostError("executor: its process ended without its findings") from error
    if isinstance(answer, LedgerError):
        raise answer
    return answer


def _start(context: SpawnContext, target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process; the last argument is its end of a pipe."""
    process = context.Process(target=target, args=arguments, daemon=True)
    process.start()
    end = arguments[-1]
    if isinstance(end, Connection):
        end.close()
    return process


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join()
