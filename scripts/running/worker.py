"""A thread beside a node, woken by what comes in."""

import logging
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from node.relay import BatchingRelay

LOG = logging.getLogger("ortaq.node")


class Worker(ABC):
    """Works while a context lasts; leaving it stops the thread after the work at hand.

    Shape   `ends`: what no longer happens once it has failed, for the log; `failure`: what stopped it by itself, None
            while it runs; `stopped`: set when it has ended.
    """

    def __init__(self, relay: BatchingRelay | None, name: str, ends: str) -> None:
        self.relay = relay
        self.failure: BaseException | None = None
        self.stopped = threading.Event()
        self._ends = ends
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._work.set()
        self._thread.join()

    def wake(self) -> None:
        """There is something to do."""
        self._work.set()

    @abstractmethod
    def _turn(self) -> None:
        """Wait for work, clear `_work`, and do it; called again and again until `_stop` is set."""

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._turn()
        except BaseException as error:
            self.failure = error
            LOG.critical("%s: %s", self._ends, error)
        finally:
            self.stopped.set()
