"""Validators that come late, come and go by ballot, or exist twice."""

import shutil
import time
from pathlib import Path

import pytest

from ledger.system import SystemContract
from ledger.views.seals import load_validators
from node.consensus.comet.configuration import CometHome
from tests.faults.conftest import RUNS
from tests.faults.deciding import decide
from tests.faults.network import FaultyNetwork
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("faults")]

MEMBER = 3
JOIN_S = 60.0
PUNISHED_S = 240
POWER = 10


def powers(network: FaultyNetwork) -> dict[bytes, int]:
    with network.chain(0) as chain:
        return {row.key: row.power for row in load_validators(chain.state())}


def key_of(network: FaultyNetwork, member: int) -> bytes:
    return CometHome(network.members[member].folder / "comet").open_keys().validator


def test_validator__that_comes_late__catches_up(tmp_path: Path) -> None:
    network = FaultyNetwork(tmp_path, ["pyevm"] * 4)
    try:
        network.open(without=[MEMBER])
        trial = Trial(network, RUNS.append)
        with trial.fault("late joiner", limit_s=JOIN_S) as load:
            assert load.wait_for(40, JOIN_S)
            network.members[MEMBER].start()
    finally:
        network.close()


def test_validators__removed_and_added_by_ballot__blocks_go_on(trial: Trial) -> None:
    network = trial.network
    key, before = key_of(network, MEMBER), powers(network)
    with network.chain(0) as chain:
        row = next(row for row in load_validators(chain.state()) if row.key == key)
    with trial.fault("validator removed"):
        decide(network, SystemContract.PERMISSIONS, "remove_validator", key)
        assert powers(network) == {one: power for one, power in before.items() if one != key}
    with trial.fault("validator added"):
        decide(
            network,
            SystemContract.PERMISSIONS,
            "add_validator",
            row.key,
            row.power,
            row.organisation,
            row.endpoint,
        )
        assert powers(network) == before


def test_validator__that_signs_twice__loses_its_place_and_harms_nobody(tmp_path: Path) -> None:
    """Two nodes of one key: the second is a copy of the first, as after a careless restore."""
    network = FaultyNetwork(tmp_path, ["pyevm"] * 5)
    try:
        network.open(without=[4])
        original, twin = network.members[MEMBER], network.members[4]
        key = key_of(network, MEMBER)
        shutil.copy2(original.folder / "comet" / "config" / "priv_validator_key.json", twin.folder / "comet" / "config")
        trial = Trial(network, RUNS.append)
        with trial.fault("two nodes with one key", members=[0, 1, 2]) as load:
            twin.start()
            end = time.monotonic() + PUNISHED_S
            while key in powers(network):
                assert time.monotonic() < end, "its place was not taken away"
                assert load.wait_for(1, 30)
    finally:
        network.close()
