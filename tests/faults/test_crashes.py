"""A crash at each step of CometBFT's commit: what was decided is carried out once, neither twice nor never."""

import signal
import time

import pytest

from tests.faults.member import Part
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("faults")]

STEPS = 9
"""CometBFT 0.38 may be told to fail at as many places from deciding a block to beginning the next height."""
CRASH_S = 120


@pytest.mark.parametrize("step", range(STEPS))
def test_cometbft__crash_in_commit__comes_back(trial: Trial, step: int) -> None:
    member = trial.network.members[step % 4]
    with trial.fault(f"crash at commit step {step}"):
        member.crash_at(step)
        first = member.signal(Part.COMET, signal.SIGKILL)
        assert first is not None
        crashed = _next(trial, member, first)
        # It crashes at its first block; what comes after is started without.
        _next(trial, member, crashed)
        assert not member.has_crash_ahead


def _next(trial: Trial, member, before: int) -> int:
    """The CometBFT that follows on one that ends."""
    end = time.monotonic() + CRASH_S
    while (pid := member.pid(Part.COMET)) in (None, before):
        assert time.monotonic() < end, f"CometBFT {before} is still there"
        time.sleep(0.05)
    return pid
