"""Whom a member dials that it is not connected to, and how often."""

from typing import Any

import pytest

from ledger.ports import StateView
from node.consensus.comet.redial import EVERY_S, Redial
from node.consensus.comet.validators import Validator
from tests.node.consensus.comet.network import AllBut
from tests.node.consensus.comet.stage import ALICE, BOB, CAROL, Founded, Stage

OWN, NEAR, FAR, BAD = (digits * 20 for digits in ("11", "22", "33", "44"))


class Told:
    """CometBFT's RPC: who is connected, and who was dialled."""

    def __init__(self, *connected: str) -> None:
        self.connected = list(connected)
        self.dialled: list[list[str]] = []

    def net_info(self) -> dict[str, Any]:
        return {"peers": [{"node_info": {"id": node_id}} for node_id in self.connected]}

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
