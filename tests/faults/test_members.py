"""Validators that come late, come and go by ballot, or exist twice."""

import shutil
import time
from pathlib import Path

import pytest

from ledger.system import SystemContract
from ledger.views.validators import load_validators
from node.consensus.comet.configuration import CometHome
from tests.faults.conftest import RUNS
from tests.faults.deciding import decide
from tests.faults.network import FaultyNetwork
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("faults")]

MEMBER = 3
JOIN_S = 60.0
PUNISHED_S = 240
DROPPED_S = 90.0
"""All members had their turns: 4 s, and 12 s for each."""
WAIT_S = 60.0


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


def test_node__excluded_and_admitted_by_ballot__is_dropped_and_comes_back_while_others_go_on(trial: Trial) -> None:
    network = trial.network
    node_id = bytes.fromhex(CometHome(network.members[MEMBER].folder / "comet").open_keys().node_id)
    others = [n for n in range(len(network.members)) if n != MEMBER]
    with trial.fault("node excluded, then admitted") as load:
        decide(network, SystemContract.PERMISSIONS, "exclude_node", node_id)
        wait_for_peers(network, {MEMBER: 0, **dict.fromkeys(others, len(others) - 1)}, DROPPED_S)
        assert load.wait_for(20, WAIT_S), "three of four do not go on"
        known = network.heights()[MEMBER]
        assert load.wait_for(20, WAIT_S)
        heights = network.heights()
        assert heights[MEMBER] == known, "blocks come to a node that is excluded"
        assert min(heights[n] for n in others) > known
        decide(network, SystemContract.PERMISSIONS, "admit_node", node_id)
    wait_for_peers(network, dict.fromkeys(range(len(network.members)), len(others)), WAIT_S)


def wait_for_peers(network: FaultyNetwork, wanted: dict[int, int], timeout_s: float) -> None:
    """Wait until members have so many peers, at once."""
    end = time.monotonic() + timeout_s
    while (found := {n: (network.standing(n) or {}).get("peers") for n in wanted}) != wanted:
        assert time.monotonic() < end, f"peers {found}, expected {wanted}"
        time.sleep(0.5)


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
