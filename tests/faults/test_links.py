"""Links that fail: who has two thirds goes on, who has not stands still, and nobody needs help afterwards."""

import time

import pytest

from tests.faults.links import State, between
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("faults")]

APART_S = 10


def test_partition__two_and_two__stands_still_and_goes_on(trial: Trial) -> None:
    with trial.fault("partition 2|2, 10 s"):
        trial.network.links.set(State.CUT, between((0, 1), (2, 3)))
        trial.assert_no_progress(for_s=APART_S - 3)
        trial.network.links.heal()


@pytest.mark.slow
@pytest.mark.parametrize("state", [State.CUT, State.HELD])
def test_partition__three_and_one__three_go_on(trial: Trial, state: State) -> None:
    with trial.fault(f"partition 3|1, 10 s, {state.value}") as load:
        trial.network.links.set(state, between((0, 1, 2), (3,)))
        ends = time.monotonic() + APART_S
        assert load.wait_for(16, 2 * APART_S), "three of four do not go on"
        time.sleep(max(0.0, ends - time.monotonic()))
        trial.network.links.heal()


@pytest.mark.slow
def test_network__all_packets_lost__goes_on(trial: Trial) -> None:
    with trial.fault("network gone, 10 s"):
        everybody = range(4)
        trial.network.links.set(State.HELD, [pair for pair in between(everybody, everybody) if len(pair) == 2])
        trial.assert_no_progress(for_s=APART_S - 3)
        trial.network.links.heal()
