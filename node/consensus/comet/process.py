"""CometBFT's process: started, watched, started again, stopped in order."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ledger.errors import BadInputError, CannotCheckError
from node.files import LOG_BYTES, last_words, trim_log
from node.noted import NotedProcess

VERSION = "0.38.25"
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
STEADY_S = 60
"""A process that ran so long is started again without delay."""
STOP_S = 15
LOG_CHECK_S = 5.0

log = logging.getLogger(__name__)


class WrongEngineVersionError(BadInputError):
    """An engine of another version than the one that is tested."""

    type = "wrong-engine-version"


class EngineMissingError(CannotCheckError):
    """A separately built engine that is not there, or does not run."""

    type = "engine-missing"


def check_version(binary: Path, expected: str = VERSION) -> None:
    """Errors: EngineMissingError; WrongEngineVersionError."""
    try:
        done = subprocess.run(  # noqa: S603  our own command
            [binary, "version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineMissingError(f"{binary}: does not run ({error}); build it with: make engine-cometbft") from error
    found = done.stdout.strip().removeprefix("v").partition("+")[0]
    if found != expected:
        raise WrongEngineVersionError(f"{binary}: version {found[:40]}, expected {expected}", found=found[:40])


class Supervised:
    """A process that is started again when it ends, after a delay that grows while it keeps ending.

    Shape   `output`: a file to which it appends what it writes, put aside as `<name>.1` beyond `log_bytes`;
            `leftovers`: files that it cannot start beside, and leaves behind when it is killed; `stop_s`: how long it
            may take to end in order; `environment`: its variables, where they are not this process'; `noted`: where its
            number is kept, so that one whose supervisor was killed is ended before another is started.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        output: Path,
        leftovers: Sequence[Path] = (),
        stop_s: float = STOP_S,
        on_restart: Callable[[], None] = lambda: None,
        log_bytes: int = LOG_BYTES,
        environment: Mapping[str, str] | None = None,
        noted: NotedProcess | None = None,
    ) -> None:
        self._command = [str(word) for word in command]
        self._folder = folder
        self._output = output
        self._leftovers = tuple(leftovers)
        self._on_restart = on_restart
        self._stop_s = stop_s
        self._log_bytes = log_bytes
        self._environment = environment
        self._noted = noted
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._is_wanted = threading.Event()
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Of the running process, None between two."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        self._watcher.start()

    def restart(self, reason: str) -> None:
        """End the running process in order, by force if it takes too long; it is started again at once.

        A process that has ended by itself is left to the watcher.
        """
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None or self._stop.is_set():
                return
            self._is_wanted.set()
        log.warning("%s is started anew: %s", self._command[0], reason)
        self._end(process)

    def stop(self) -> None:
        """End it, by force if it takes too long; it is not started again."""
        self._stop.set()
        with self._lock:
            process = self._process
        if process is not None and process.poll() is None:
            self._end(process)
        if self._watcher.is_alive():
            self._watcher.join()
        if self._noted is not None:
            self._noted.forget()

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        process.terminate()
        try:
            process.wait(self._stop_s)
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop within %g s and was killed", self._command[0], self._stop_s)
            process.kill()
            process.wait()

    def _watch(self) -> None:
        if self._noted is not None:
            self._noted.end(self._stop_s)
        delay_s = FIRST_DELAY_S
        while not self._stop.is_set():
            started = time.monotonic()
            code = self._run()
            if self._stop.is_set():
                return
            self.restarts += 1
            if self._is_wanted.is_set():
                self._is_wanted.clear()
                continue
            if time.monotonic() - started > STEADY_S:
                delay_s = FIRST_DELAY_S
            ended = (self._command[0], code, delay_s, self._output, last_words(self._output))
            log.error("%s ended (%s), started again in %.1f s; last in %s: %s", *ended)
            self._stop.wait(delay_s)
            delay_s = min(2 * delay_s, LONGEST_DELAY_S)

    def _run(self) -> str:
        """Run it to its end, and say how that came."""
        self._output.parent.mkdir(parents=True, exist_ok=True)
        with self._output.open("ab") as output:
            try:
                with self._lock:
                    if self._stop.is_set():
                        return "stopped"
                    for path in self._leftovers:
                        path.unlink(missing_ok=True)
                    self._process = subprocess.Popen(  # noqa: S603  our own command
                        self._command,
                        cwd=self._folder,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        env=self._environment,
                        # A Ctrl-C at the terminal is for who supervises, and ends this in order.
                        start_new_session=True,
                    )
                    if self._noted is not None:
                        self._noted.note(self._process.pid)
            except OSError as error:
                return str(error)
            if self.restarts:
                self._on_restart()
            return f"exit code {self._wait(self._process)}"

    def _wait(self, process: "subprocess.Popen[bytes]") -> int:
        """Wait for its end, and keep its output in bounds meanwhile."""
        while True:
            try:
                return process.wait(LOG_CHECK_S)
            except subprocess.TimeoutExpired:
                trim_log(self._output, self._log_bytes)
