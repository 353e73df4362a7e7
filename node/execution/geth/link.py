"""Asks geth with patience: whoever asks gets an answer, though geth died, hung or talked nonsense in between."""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from ledger.errors import BadInputError
from node.execution.geth.errors import ExecutorUnavailableError, NoAnswerError
from node.execution.geth.process import GethOptions, GethProcess
from node.execution.geth.rpc import IpcClient, Request

log = logging.getLogger("ortaq.executor")
T = TypeVar("T")

MIN_FAILURES = 3
"""A request is given up only after as many failures, however long they took."""
POLL_S = 0.05
MAX_PAUSE_S = 5.0
READY_TRIES = 3
MIN_FREE_BYTES = 64 << 20
"""With less room on the disk a geth that cannot start is no sign of a damaged database."""
_UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError, BadInputError)


class UnusableDataError(NoAnswerError):
    """geth's database is of another ledger, or lacks a state that it should have."""

    type = "executor-no-answer"


class Asker(Protocol):
    """Asks an executor. `read` turns a result into what is wanted; what it cannot read counts as no answer."""

    def ask(self, method: str, parameters: Sequence[Any], read: Callable[[Any], T]) -> T: ...

    def ask_all(self, requests: Sequence[Request], read: Callable[[Any], T]) -> list[T]: ...


class DirectAsker:
    """Asks once. Errors: NoAnswerError, ExecutorRefusedError."""

    def __init__(self, client: IpcClient, answer_s: float) -> None:
        self._client = client
        self._answer_s = answer_s

    def ask(self, method: str, parameters: Sequence[Any], read: Callable[[Any], T]) -> T:
        return _read(method, self._client.call(method, *parameters, timeout_s=self._answer_s), read)

    def ask_all(self, requests: Sequence[Request], read: Callable[[Any], T]) -> list[T]:
        results = self._client.batch(requests, self._answer_s)
        return [_read(request[0], result, read) for request, result in zip(requests, results, strict=True)]

    def close(self) -> None:
        self._client.close()


class GethLink:
    """Asks as often as patience allows, and ends, starts and refills geth in between. For any number of threads.

    Shape   `prepare(asker, progress)`: brings a geth that just started to the state that it should have; it calls
            `progress` after each step, for a caller's patience counts from the last one. `restarts`, `last_failure`:
            what happened so far, for whoever shows it.
    Errors  ExecutorUnavailableError once nothing went forward for `patience_s`; ExecutorRefusedError for an answer
            that is an error, at once.
    """

    def __init__(
        self, process: GethProcess, options: GethOptions, prepare: Callable[[Asker, Callable[[], None]], None]
    ) -> None:
        self.restarts = 0
        self.last_failure: str | None = None
        self._process = process
        self._options = options
        self._prepare = prepare
        self._session: DirectAsker | None = None
        self._is_closed = False
        self._lock = threading.Lock()
        self._progress_at = time.monotonic()

    def open(self) -> None:
        """Start geth and bring it up to the chain."""
        self._revive(None)

    def close(self) -> None:
        """End geth in order. Whoever asks afterwards gets ExecutorUnavailableError."""
        with self._lock:
            self._is_closed = True
            if self._session is not None:
                self._session.close()
                self._session = None
            self._process.stop()

    def ask(self, method: str, parameters: Sequence[Any], read: Callable[[Any], T]) -> T:
        return self._insist(lambda session: session.ask(method, parameters, read))

    def ask_all(self, requests: Sequence[Request], read: Callable[[Any], T]) -> list[T]:
        return self._insist(lambda session: session.ask_all(requests, read))

    def renew(self, reason: str) -> None:
        """Start geth again and bring it up to the chain, because what it holds is not what it should."""
        self._revive(self._session, NoAnswerError(reason))

    def _insist(self, action: Callable[[DirectAsker], T]) -> T:
        started, failures = time.monotonic(), 0
        while True:
            session = self._session
            if session is None:
                self._revive(None)
                continue
            try:
                return action(session)
            except NoAnswerError as error:
                failures += 1
                if failures >= MIN_FAILURES and time.monotonic() - started > self._options.patience_s:
                    raise ExecutorUnavailableError(f"{error.detail}; {failures} times, geth was restarted") from error
                if failures > 1:
                    time.sleep(_pause(failures))
                self._revive(session, error)

    def _revive(self, failed: DirectAsker | None, error: NoAnswerError | None = None) -> None:
        """Replace a session that failed; another thread may have done so, or be at it."""
        waited_since = time.monotonic()
        while not self._lock.acquire(timeout=1):
            self._check_patience(max(waited_since, self._progress_at), "geth is being brought up to the chain")
        try:
            if self._is_closed:
                raise ExecutorUnavailableError("executor: it was closed")
            if self._session is failed:
                self._restart(error)
        finally:
            self._lock.release()

    def _restart(self, error: NoAnswerError | None) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        began, failures = time.monotonic(), 0
        self._note_progress()
        if error is not None:
            self.restarts += 1
            self.last_failure = error.detail
            log.warning("%s; geth is ended and started again", error.detail)
        while True:
            self._process.kill()
            try:
                self._session = self._start()
            except NoAnswerError as again:
                failures += 1
                self.last_failure = again.detail
                log.warning("%s; attempt %d to start geth", again.detail, failures)
                self._give_up_data(again, failures)
                self._check_patience(self._progress_at, again.detail)
                time.sleep(_pause(failures))
                continue
            except BaseException:
                self._process.kill()
                raise
            if error is not None:
                log.warning("geth answers again after %.1f s", time.monotonic() - began)
            return

    def _start(self) -> DirectAsker:
        self._process.start()
        session = DirectAsker(IpcClient(self._process.socket), self._options.answer_s)
        try:
            self._wait_until_ready(session)
            self._prepare(session, self._note_progress)
        except BaseException:
            session.close()
            raise
        return session

    def _wait_until_ready(self, session: DirectAsker) -> None:
        deadline = time.monotonic() + self._options.start_s
        while not self._process.socket.exists():
            if not self._process.is_alive():
                raise NoAnswerError(f"executor: geth ended while starting: {self._process.last_words()}")
            if time.monotonic() > deadline:
                raise NoAnswerError(f"executor: geth opened no socket within {self._options.start_s:g} s")
            time.sleep(POLL_S)
        for _ in range(READY_TRIES):
            try:
                session.ask("web3_clientVersion", [], str)
            except NoAnswerError:
                # The socket's name is there a moment before anybody listens.
                time.sleep(POLL_S)
            else:
                return
        session.ask("web3_clientVersion", [], str)

    def _give_up_data(self, error: NoAnswerError, failures: int) -> None:
        """Blocks give everything that geth holds, so a database that it cannot use is left for an empty one."""
        is_unusable = isinstance(error, UnusableDataError) or (
            failures == MIN_FAILURES and not self._process.is_alive()
        )
        if is_unusable and shutil.disk_usage(self._process.folder).free > MIN_FREE_BYTES:
            self._process.kill()
            log.warning("geth's database is put aside as %s; all blocks are replayed", self._process.set_data_aside())

    def _note_progress(self) -> None:
        self._progress_at = time.monotonic()

    def _check_patience(self, since: float, what: str) -> None:
        if time.monotonic() - since > self._options.patience_s:
            raise ExecutorUnavailableError(f"{what}; nothing went forward for {self._options.patience_s:g} s")


def _pause(failures: int) -> float:
    return min(0.1 * 2.0**failures, MAX_PAUSE_S)


def _read(method: str, result: Any, read: Callable[[Any], T]) -> T:
    try:
        return read(result)
    except _UNREADABLE as error:
        raise NoAnswerError(f"executor: {method}: {type(error).__name__}: {error} in {str(result)[:200]}") from error
