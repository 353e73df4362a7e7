"""A child process whose number stands in a file: found again, and ended, where its parent was killed."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

log = logging.getLogger("ortaq.processes")


class NotedProcess:
    """One child at a time.

    Shape   `path`: the file with its number; `words`: some of its command line.
    """

    def __init__(self, path: Path, *words: str) -> None:
        self._path = path
        self._words = words

    def note(self, pid: int) -> None:
        self._path.write_text(f"{pid}\n")

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def find(self) -> psutil.Process | None:
        """The process, None where it has ended or none was noted."""
        try:
            return find_process(int(self._path.read_text()), *self._words)
        except (OSError, ValueError):
            return None

    def end(self, patience_s: float) -> None:
        """End it if it is there; see `end_processes`."""
        process = self.find()
        if process is not None:
            log.warning("process %d (%s) of an earlier run is still there and is ended", process.pid, self._path.stem)
            end_processes([process], patience_s)


def find_process(pid: int, *words: str) -> psutil.Process | None:
    """A process with all these words in its command line. Numbers of processes are used again, hence the words."""
    try:
        process = psutil.Process(pid)
        return process if set(words) <= set(process.cmdline()) else None
    except (OverflowError, ValueError, psutil.Error):
        return None


def end_processes(processes: Sequence[psutil.Process], patience_s: float) -> None:
    """End processes in order, and by force those that take longer than `patience_s` seconds."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
            # One that is suspended takes no note of it before it goes on.
            process.resume()
    _, alive = psutil.wait_procs(processes, patience_s)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive)
