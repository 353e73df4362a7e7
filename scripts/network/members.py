"""The processes of a network's members: who runs, what each says of itself, what a killed one left behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from node.consensus.comet.configuration import CometHome
from node.execution.geth.process import noted_geth
from node.noted import end_processes, find_process
from scripts.network.folder import MemberPlan, NetworkFolder
from scripts.running.control import ask_standing
from scripts.running.kinds import GETH_FOLDER
from scripts.running.ledgers import running_node
from scripts.running.members import COMET_FOLDER

STOP_S = 60


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
    folders = [network.member(plan).resolve() for plan in network.members]
    ended = 0
    # A member that can still end its engines in order does so.
    for find in (_find_node, _find_comet, _find_geth):
        found = [process for process in map(find, folders) if process is not None]
        end_processes(found, STOP_S)
        ended += len(found)
    return ended


def _ask(network: NetworkFolder, plan: MemberPlan) -> MemberState:
    folder = network.member(plan)
    node = running_node(folder)
    if node is None:
        return MemberState(plan, None, reason="no process")
    standing, reason = ask_standing(folder)
    return MemberState(plan, standing, node.url, node.pid, reason)


def is_running(pid: int) -> bool:
    """Whether a process is there, and not only waits for its parent to take note of its end."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _find_node(folder: Path) -> psutil.Process | None:
    node = running_node(folder)
    return None if node is None else find_process(node.pid, "start", str(folder))


def _find_comet(folder: Path) -> psutil.Process | None:
    return CometHome(folder / COMET_FOLDER).process.find()


def _find_geth(folder: Path) -> psutil.Process | None:
    return noted_geth(folder / GETH_FOLDER).find()
