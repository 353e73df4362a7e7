"""Processor time and memory of a network's processes, from /proc."""

import os
from pathlib import Path

from tests.faults.member import FaultyMember, Part
from tests.faults.network import FaultyNetwork

TICKS = os.sysconf("SC_CLK_TCK")


class Usage:
    """Processor time and memory of a network's processes over a while."""

    def __init__(self, network: FaultyNetwork) -> None:
        self._members = network.members
        self._before = self._times()

    def cpu(self) -> dict[str, float]:
        """Seconds by kind of process, of all members together."""
        return {name: round(value - self._before[name], 2) for name, value in self._times().items()}

    def memory_mib(self) -> int:
        """Resident memory of the largest member, all its processes."""
        return max(sum(_memory(pid) for pid in _pids(member).values()) for member in self._members) >> 20

    def _times(self) -> dict[str, float]:
        return {
            part.value: sum(_seconds(_pids(member)[part]) for member in self._members if part in _pids(member))
            for part in Part
        }


def _pids(member: FaultyMember) -> dict[Part, int]:
    return {part: pid for part in Part if (pid := member.pid(part)) is not None}


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
