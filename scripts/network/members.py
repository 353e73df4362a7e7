"""The processes of a network's members: who runs, what each says of itself, what a killed one left behind."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.network.folder import MemberPlan, NetworkFolder
from scripts.running.control import ask_standing
from scripts.running.kinds import GETH_FOLDER
from scripts.running.ledgers import running_node

STOP_S = 60
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class MemberState:
    """Shape   `standing`: what the node said, None while it does not answer; `reason` says why then."""

    plan: MemberPlan
    standing: dict[str, Any] | None
    url: str | None = None
    pid: int | None = None
    reason: str = ""

    @property
    def height(self) -> int | None:
        return None if self.standing is None else int(self.standing["height"])

    @property
    def is_ready(self) -> bool:
        """Whether it takes part: its consensus answers and is not catching up."""
        return self.standing is not None and self.standing.get("catching_up") is False


def ask_members(network: NetworkFolder) -> list[MemberState]:
    """What each member says of itself now."""
    return [_ask(network, plan) for plan in network.members]


def stop_strays(network: NetworkFolder) -> int:
    """End members, and engines of killed members, that nobody supervises any more; how many there were."""
    found = list(_strays(network))
    for pid, _ in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    for pid, words in found:
        while _carries(pid, words):
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_S)
    return len(found)


def _ask(network: NetworkFolder, plan: MemberPlan) -> MemberState:
    folder = network.member(plan)
    node = running_node(folder)
    if node is None:
        return MemberState(plan, None, reason="no process")
    standing, reason = ask_standing(folder)
    return MemberState(plan, standing, node.url, node.pid, reason)


def _strays(network: NetworkFolder) -> Iterator[tuple[int, list[bytes]]]:
    """(process, words of its command line): those that members noted and that are still what was noted."""
    for plan in network.members:
        folder = network.member(plan).resolve()
        node = running_node(folder)
        noted = [(None if node is None else node.pid, [b"start", os.fsencode(folder)])]
        # CometBFT ends by itself once its node is gone; geth does not.
        data = folder / GETH_FOLDER / "data"
        noted.append((_noted_pid(folder / GETH_FOLDER / "geth.pid"), [f"--datadir={data}".encode()]))
        for pid, words in noted:
            if pid is not None and _carries(pid, words):
                yield pid, words


def is_running(pid: int) -> bool:
    """Whether a process is there, and not only waits for its parent to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _noted_pid(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _carries(pid: int, words: Sequence[bytes]) -> bool:
    """Whether a process runs with these words in its command line; numbers of processes are used again."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return all(word in command for word in words)
