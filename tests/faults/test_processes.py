"""Processes that are killed, told to end, or stand still: the others go on, and it comes back by itself."""

import os
import signal
import time
from contextlib import suppress

import pytest

from tests.faults.member import Part
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("faults")]

STILL_S = 10


def hit(trial: Trial, member: int, part: Part, number: signal.Signals) -> None:
    """Send a signal, and wait until the process is gone or another."""
    pid = trial.network.members[member].signal(part, number)
    assert pid is not None
    end = time.monotonic() + 30
    while trial.network.members[member].pid(part) == pid:
        assert time.monotonic() < end, f"{part.value} {pid} goes on"
        time.sleep(0.02)


def test_cometbft__killed__comes_back(trial: Trial) -> None:
    with trial.fault("cometbft SIGKILL"):
        hit(trial, 1, Part.COMET, signal.SIGKILL)


def test_node__killed__comes_back(trial: Trial) -> None:
    with trial.fault("node SIGKILL"):
        hit(trial, 2, Part.NODE, signal.SIGKILL)


def test_all_nodes__killed_at_once__come_back(trial: Trial) -> None:
    with trial.fault("all validators SIGKILL"):
        # Read all before the first is killed: CometBFT ends by itself when its node is gone.
        pids = [member.pid(part) for member in trial.network.members for part in (Part.NODE, Part.COMET)]
        assert all(pids)
        for pid in filter(None, pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("part", [Part.NODE, Part.COMET])
def test_process__told_to_end__comes_back(trial: Trial, part: Part) -> None:
    with trial.fault(f"{part.value} SIGTERM"):
        hit(trial, 3, part, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("part", [Part.NODE, Part.COMET])
def test_process__standing_still__goes_on(trial: Trial, part: Part) -> None:
    member = trial.network.members[3]
    with trial.fault(f"{part.value} SIGSTOP {STILL_S} s") as load:
        assert member.signal(part, signal.SIGSTOP) is not None
        assert load.wait_for(8, 2 * STILL_S), "three of four do not go on"
        time.sleep(STILL_S)
        assert member.signal(part, signal.SIGCONT) is not None


@pytest.mark.slow
def test_member__restarted__comes_back(trial: Trial) -> None:
    with trial.fault("member restarted"):
        trial.network.members[0].stop()
        trial.network.members[0].start()
