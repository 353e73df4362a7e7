"""A ballot that names a validator whose key is everybody's: what was decided is followed, and said by all."""

import logging
import time
from pathlib import Path

import pytest

from ledger.access.validators import Validator as FoundingValidator
from ledger.primitives import Timestamp
from ledger.views.seals import SealState, check_seal
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.members import StateMembers
from node.consensus.comet.validators import Validator
from scripts.founding.act import found_ledger
from scripts.founding.settings import Settings
from scripts.network.folder import MemberPlan
from scripts.network.members import MemberState
from scripts.network.table import is_capture_resistant, weakness
from scripts.running.standing import member_standing
from tests.engines import cometbft_binary
from tests.node.consensus.comet.network import AGE_S, open_network
from tests.node.consensus.comet.stage import ALICE, Founded, Stage
from tests.scripts.small_ledger import REPLAY_TEXT

EVERYBODYS = b"\1" + bytes(31)
TIMEOUT_S = 30


def test_block__that_adds_such_a_validator__is_followed_and_said(
    founded: Founded, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.chosen.by_number[1] = (Validator(ALICE, 10), Validator(EVERYBODYS, 2))
    stage.check(founded.admit(0))
    with caplog.at_level(logging.CRITICAL):
        answer = stage.decide()
    assert [(row.pub_key.ed25519, row.power) for row in answer.validator_updates] == [(EVERYBODYS, 2)]
    assert f"0x{EVERYBODYS.hex()} is of small order: anybody can sign for it" in caplog.text
    caplog.clear()
    stage.check(founded.admit(1))
    stage.decide()
    assert not caplog.text


@pytest.mark.engine
def test_network__with_such_a_validator__goes_on_and_is_not_called_capture_resistant(tmp_path: Path) -> None:
    home = CometHome(tmp_path / "home")
    own = home.open_keys().validator
    names = [(own, 30, b"one"), (EVERYBODYS, 10, b"all")]
    validators = [FoundingValidator(key, power, name.ljust(32, b"\0")) for key, power, name in names]
    founded_at = Timestamp(int(time.time()) - AGE_S)
    path = tmp_path / "ledger"
    found_ledger(path, REPLAY_TEXT, text_path="replay.toml", time=founded_at, validators=validators)
    home.path.rename(path / "comet")
    (node,) = open_network([path], cometbft_binary(), StateMembers())
    with node:
        founded = Founded.read(path)
        for nonce in (0, 1):
            placed = node.wait(node.submit(founded.admit(nonce)), TIMEOUT_S)
            assert placed is not None
            header = node.chain.header(placed.height)
            assert check_seal(node.chain, node.founding.chain_id, header).state is SealState.SEALED
        standing = member_standing(node, Settings())
    (unsound,) = standing["unsound_keys"]
    assert unsound == f"all: 0x{EVERYBODYS.hex()} is of small order: anybody can sign for it"
    state = MemberState(MemberPlan("validator1", "pyevm", 0, 0), standing)
    assert is_capture_resistant([state]) is False
    assert weakness([state]) == f"key of {unsound}"
