"""Whom a member dials that it is not connected to, and how often."""

import shutil
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.access.validators import Validator as FoundingValidator
from ledger.ports import StateView
from ledger.primitives import Timestamp
from node.consensus.comet.configuration import CometHome, CometSettings
from node.consensus.comet.members import StateMembers
from node.consensus.comet.redial import EVERY_S, Redial
from node.consensus.comet.validators import Validator
from node.validator import Member, ValidatorNode
from scripts.founding.act import found_ledger
from tests.engines import cometbft_binary
from tests.node.consensus.comet.network import AGE_S, AllBut, submit
from tests.node.consensus.comet.stage import ALICE, BOB, CAROL, Founded, Stage
from tests.ports import free_ports
from tests.scripts.small_ledger import REPLAY_TEXT

CONNECTED_S = 60

OWN, NEAR, FAR, BAD = (digits * 20 for digits in ("11", "22", "33", "44"))


class Told:
    """CometBFT's RPC: who is connected, and who was dialled."""

    def __init__(self, *connected: str) -> None:
        self.connected = list(connected)
        self.dialled: list[list[str]] = []

    def peer_ids(self) -> list[str]:
        return list(self.connected)

    def dial_peers(self, addresses: list[str]) -> None:
        self.dialled.append(addresses)


class Anybody:
    def may_peer(self, _: StateView, __: bytes) -> bool:
        return True


def at(node_id: str) -> str:
    return f"{node_id}@{node_id[:2]}.example:26656"


def redial(stage: Stage, told: Told, *fixed: str) -> Redial:
    return Redial(stage.engine, stage.chosen, AllBut(BAD), told, OWN, fixed)


def test_look__members_that_are_not_connected__are_dialled_again_and_again(stage: Stage) -> None:
    told = Told(NEAR)
    found = redial(stage, told, at(NEAR), at(FAR), at(OWN))
    for second in range(int(2 * EVERY_S) + 1):
        found.look(float(second))
    assert told.dialled == [[at(FAR)]] * 3
    told.connected.append(FAR)
    found.look(4 * EVERY_S)
    assert len(told.dialled) == 3


def test_look__node_that_the_ledger_excludes__is_left_alone(founded: Founded, stage: Stage) -> None:
    told = Told()
    found = redial(stage, told, at(NEAR), at(BAD))
    found.look(0.0)
    stage.check(founded.admit(0))
    stage.decide()
    found.look(EVERY_S)
    assert told.dialled == [[at(NEAR), at(BAD)], [at(NEAR)]]


def test_look__validator_that_a_block_adds__is_dialled_where_it_says(founded: Founded, stage: Stage) -> None:
    stage.chosen.by_number[0] = (Validator(ALICE, 10, "", at(OWN)), Validator(BOB, 10, "", at(NEAR)))
    stage.chosen.by_number[1] = (*stage.chosen.by_number[0], Validator(CAROL, 10, "", at(FAR)))
    told = Told(NEAR)
    found = redial(stage, told)
    found.look(0.0)
    assert told.dialled == []
    stage.check(founded.admit(0))
    stage.decide()
    found.look(EVERY_S)
    assert told.dialled == [[at(FAR)]]


@pytest.mark.parametrize("endpoint", ["", "far.example:26656", "zz@far.example:26656", f"{FAR}@far.example", "ü@é:1"])
def test_look__endpoint_that_names_nobody__is_not_dialled(stage: Stage, endpoint: str) -> None:
    stage.chosen.by_number[0] = (Validator(ALICE, 10, "", endpoint),)
    told = Told()
    Redial(stage.engine, stage.chosen, Anybody(), told, OWN).look(0.0)
    assert told.dialled == []


@pytest.mark.engine
def test_network__validators_that_nobody_told_of_each_other__find_themselves_by_the_state(tmp_path: Path) -> None:
    homes = [CometHome(tmp_path / f"home-{n}") for n in range(2)]
    keys, ports = [home.open_keys() for home in homes], free_ports(2)
    validators = [
        FoundingValidator(key.validator, 10, b"%d" % n + bytes(31), f"{key.node_id}@127.0.0.1:{ports[n]}")
        for n, key in enumerate(keys)
    ]
    names = {"validators": validators, "nodes": [bytes.fromhex(key.node_id) for key in keys]}
    founded_at = Timestamp(int(time.time()) - AGE_S)
    found_ledger(tmp_path / "ledger", REPLAY_TEXT, text_path="replay.toml", time=founded_at, **names)
    with ExitStack() as stack:
        nodes = []
        for n, home in enumerate(homes):
            path = shutil.copytree(tmp_path / "ledger", tmp_path / f"ledger-{n}")
            home.path.rename(path / "comet")
            settings = CometSettings(listen=f"127.0.0.1:{ports[n]}", is_local=True)
            member = Member(cometbft_binary(), StateMembers(), StateMembers(), settings)
            nodes.append(stack.enter_context(ValidatorNode(path, member)))
        sent = submit(nodes[0], Founded.read(tmp_path / "ledger").admit(0))
        assert nodes[1].wait(sent, CONNECTED_S) is not None
