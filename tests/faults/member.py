"""One member in processes of its own, started by the product's command and supervised as a service manager would."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path

from node.consensus.comet.process import Supervised
from node.processors import go_environment
from scripts.running.control import ControlClient, connect_control
from tests.engines import cometbft_binary
from tests.paths import REPOSITORY

STOP_S = 40
COMMAND = ("-m", "scripts.cli")
ANSWER_S = 30.0

# Only `start` may crash: the node asks for the version first. One start crashes, the next does not.
_WRAPPER = """#!/bin/sh
if [ "$1" = start ]; then
    if [ -e {flag} ]; then FAIL_TEST_INDEX=$(cat {flag}); export FAIL_TEST_INDEX; rm {flag}; fi
    if [ -e {signer} ]; then set -- "$@" --priv_validator_laddr "unix://$(cat {signer})"; fi
fi
exec {binary} "$@"
"""


class Part(Enum):
    """A process of a member, by the name that the system shows."""

    NODE = "node"
    COMET = "cometbft"
    GETH = "geth"


class FaultyMember:
    """Shape   `folder`: the ledger's directory; `command`: what runs it, as words after the Python interpreter."""

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND, members: int = 1) -> None:
        self.folder = folder
        # As `ortaq network up` does where members share a machine.
        self._environment = go_environment(members)
        self._service: Supervised | None = None
        self._wrapper = folder.with_name(f"{folder.name}-cometbft")
        self._flag = folder.with_name(f"{folder.name}-crash")
        self._signer = folder.with_name(f"{folder.name}-signer")
        self._wrapper.write_text(_WRAPPER.format(flag=self._flag, signer=self._signer, binary=cometbft_binary()))
        self._wrapper.chmod(0o755)
        self.command = tuple(command)

    @property
    def is_running(self) -> bool:
        return self._service is not None

    def start(self) -> None:
        words: list[str | Path] = ["env", f"ORTAQ_COMETBFT={self._wrapper}", "ORTAQ_LOG_LEVEL=warning"]
        words += [sys.executable, *self.command, "node", "start", self.folder]
        output = self.folder / "logs" / "node.log"
        self._service = Supervised(words, REPOSITORY, output, stop_s=STOP_S, environment=self._environment)
        self._service.start()

    def stop(self) -> None:
        """End all processes, in order where they are able to."""
        service, self._service = self._service, None
        if service is None:
            return
        left = [self.pid(part) for part in Part]
        for part in Part:
            self.signal(part, signal.SIGCONT, service)
        service.stop()
        for pid in left:
            if pid is not None and self._is_ours(pid):
                os.kill(pid, signal.SIGKILL)

    def crash_at(self, step: int) -> None:
        """Have the next start of CometBFT crash when it comes to a step of its commit."""
        self._flag.write_text(str(step))

    def sign_through(self, socket: Path | None) -> None:
        """Have later starts of CometBFT take signatures from a signer on a socket; None: from its own file again."""
        if socket is None:
            self._signer.unlink(missing_ok=True)
        else:
            self._signer.write_text(str(socket))

    @property
    def has_crash_ahead(self) -> bool:
        return self._flag.exists()

    def pid(self, part: Part, service: Supervised | None = None) -> int | None:
        """The process that is this part now, None while there is none."""
        service = service or self._service
        node = None if service is None else service.pid
        if part is Part.NODE or node is None:
            return node
        return next((pid for pid in _children(node) if _name(pid) == part.value), None)

    def signal(self, part: Part, number: signal.Signals, service: Supervised | None = None) -> int | None:
        """Send a signal; the process that it went to."""
        pid = self.pid(part, service)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid

    def connect(self) -> ControlClient | None:
        """The node's door, None while it is closed. Answers may take `ANSWER_S`."""
        client = connect_control(self.folder)
        if client is not None:
            client._connection.settimeout(ANSWER_S)
        return client

    def log(self, lines: int = 15) -> str:
        path = self.folder / "logs" / "node.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "no log"

    def _is_ours(self, pid: int) -> bool:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return os.fsencode(self.folder) in command


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                yield from map(int, (task / "children").read_text().split())


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that name a folder: what was left over."""
    done = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if str(folder) in line]
