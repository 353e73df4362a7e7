"""Looking after CometBFT every so often, in a thread that nothing ends but its owner."""

import logging
import threading
import time
from abc import ABC, abstractmethod

from ledger.errors import LedgerError

LOOK_S = 2.0
"""How often something is looked at, and whether a start is over."""

log = logging.getLogger(__name__)


class Lookout(ABC):
    """Shape   `what`: is looked at, in words for the log and the thread's name."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lookout for {what}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @abstractmethod
    def look(self, now_s: float) -> None:
        """Look, and do what is due.

        Units   `now_s`: of a clock that only goes forward.
        Errors  the RPC's and the executor's; what was to be done is done at a later look.
        """

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.look(time.monotonic())
            except LedgerError as error:
                log.info("%s looked at later: %s", self._what, error.detail)
            except Exception:
                # Strangers' ids and heights come with CometBFT's answer; none may end this thread.
                log.exception("%s could not be looked at", self._what)
