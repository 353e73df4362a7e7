"""What a member says of itself, and of what is in the way of the next block."""

import time
from pathlib import Path

import pytest

from ledger.access.validators import Validator
from ledger.primitives import Timestamp
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.members import StateMembers
from scripts.founding.act import found_ledger
from scripts.founding.settings import Settings
from scripts.network.folder import MemberPlan
from scripts.network.members import MemberState
from scripts.network.table import network_facts
from scripts.running.standing import member_standing
from tests.engines import cometbft_binary
from tests.node.consensus.comet.network import AGE_S, open_network
from tests.scripts.network.members import wait_for
from tests.scripts.small_ledger import REPLAY_TEXT

ENDPOINT = f"{'ab' * 20}@192.0.2.1:26656"


@pytest.mark.engine
@pytest.mark.parametrize(
    ("power", "endpoint", "problem"),
    [
        (21, ENDPOINT, None),
        (20, "", None),
        (20, ENDPOINT, "connected to validators with 20 of 30 of the power: more than two thirds are needed to decide"),
    ],
)
def test_member__with_so_much_of_the_power__says_whether_blocks_can_be_decided(
    tmp_path: Path, power: int, endpoint: str, problem: str | None
) -> None:
    home = CometHome(tmp_path / "home")
    own = Validator(home.open_keys().validator, power, b"here".ljust(32, b"\0"))
    absent = Validator(bytes(range(32)), 10, b"absent".ljust(32, b"\0"), endpoint)
    path = tmp_path / "ledger"
    founded_at = Timestamp(int(time.time()) - AGE_S)
    found_ledger(path, REPLAY_TEXT, text_path="replay.toml", time=founded_at, validators=[own, absent])
    home.path.rename(path / "comet")
    (node,) = open_network([path], cometbft_binary(), StateMembers())
    with node:
        wait_for("CometBFT takes part", lambda: member_standing(node, Settings())["catching_up"] is False)
        standing = member_standing(node, Settings())
        node.process.stop()
        silent = member_standing(node, Settings())
    assert standing["organisation"] == "here"
    assert (standing["connected_power"], standing["total_power"]) == (power if endpoint else power + 10, power + 10)
    assert standing["problem"] == problem
    state = MemberState(MemberPlan("validator1", "pyevm", 0, 0), standing)
    (facts,) = network_facts([state])["members"]
    assert (facts["problem"], facts["state"]) == (problem, "too few connected" if problem else "votes")
    assert silent["peers"] is None
    assert silent["problem"] == silent["consensus_problem"] != problem
