"""One fault on a network under load: how it is tried, what is measured, what has to hold."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.faults.checks import check_network
from tests.faults.load import PROBE_SEATS, Load, Register, Voters
from tests.faults.network import SEATS, FaultyNetwork

PROGRESS_S = 20.0
"""Within it the network acknowledges again, once a fault has ended; on a machine with other work, later by its load."""
BACK_S = 40.0
"""Within it so does every member."""
MEASURED_S = 180.0
"""So long recovery is waited for, to say how late it was."""
WARM_UP = 8
"""Ballots that are acknowledged before a fault begins, and after it has ended."""
START_S = 90.0


@dataclass(frozen=True)
class Run:
    """One fault, tried once. Units: ballots from just before it to just after it; seconds from its end until the first
    member acknowledges a ballot that is given to it then (`progress_s`), and until all do (`recovery_s`).
    """

    fault: str
    acknowledged: int
    counted: int
    progress_s: float
    recovery_s: float


class Trial:
    """Tries faults on one network, one after another."""

    def __init__(self, network: FaultyNetwork, note: Callable[[Run], None]) -> None:
        self.network = network
        self.register = Register()
        self.voters = Voters(network, self.register)
        self._note = note
        self._counted = 0
        self.is_sound = True

    @contextmanager
    def fault(self, name: str, members: Sequence[int] | None = None, limit_s: float = BACK_S) -> Iterator[Load]:
        """Ballots before, during and after the fault, which ends when the block is left; then every check.

        Shape   `members`: who has to be back; all, unless it says otherwise.
        """
        self.is_sound = False
        before = len(self.register.acknowledged)
        with Load(self.voters) as load:
            assert load.wait_for(WARM_UP, START_S), self._logs("no ballot is acknowledged before the fault")
            yield load
            progress_s, recovery_s = self.recovery(range(len(self.network.members)) if members is None else members)
            assert load.wait_for(WARM_UP, START_S), self._logs("the load does not go on")
        counted = check_network(self.network, self.register)
        acknowledged = len(self.register.acknowledged) - before
        self._note(Run(name, acknowledged, counted - self._counted, round(progress_s, 1), round(recovery_s, 1)))
        self._counted = counted
        for found_s, most_s in ((progress_s, PROGRESS_S), (recovery_s, limit_s)):
            assert found_s <= most_s * slowness(), self._logs(f"{name}: {found_s:.1f} s, expected at most {most_s:.0f}")
        self.is_sound = True

    def recovery(self, members: Sequence[int]) -> tuple[float, float]:
        """Seconds until the first, and until each, member has acknowledged a ballot that it was given from now on."""
        start = time.monotonic()
        done: dict[int, float] = {}

        def probe(member: int) -> None:
            seat = SEATS - PROBE_SEATS + member
            if self.voters.carry(seat, member, start + MEASURED_S, tries_others=False):
                done[member] = time.monotonic() - start

        threads = [threading.Thread(target=probe, args=(member,)) for member in members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        late = sorted(set(members) - set(done))
        assert not late, self._logs(f"members {late} acknowledge nothing {MEASURED_S:.0f} s after the fault", late)
        return min(done.values()), max(done.values())

    def assert_no_progress(self, for_s: float, settle_s: float = 3.0) -> None:
        """No member gets a new block; what was decided before the fault may still arrive."""
        time.sleep(settle_s)
        before, end = self.network.heights(), time.monotonic() + for_s
        while time.monotonic() < end:
            assert self.network.heights() == before, "blocks without two thirds"
            time.sleep(0.2)

    def _logs(self, message: str, members: Sequence[int] = (0, 1)) -> str:
        return "\n".join([message, *(f"member {n}:\n{self.network.members[n].log()}" for n in members)])


def slowness() -> float:
    """How many processes share a core: 1 on a machine that does nothing else."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
