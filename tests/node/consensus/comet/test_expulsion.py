"""When a member starts CometBFT anew to drop a node: in its own turn, and only while that node is connected."""

import time

import pytest

from node.consensus.comet import expulsion, lookout
from node.consensus.comet.expulsion import LEAD_S, TURN_S, Expulsion, delay_of
from node.consensus.comet.rpc import CometUnreachableError
from node.consensus.comet.validators import Validator
from tests.node.consensus.comet.network import AllBut
from tests.node.consensus.comet.stage import ALICE, BOB, CAROL, Founded, Stage

GOOD, BAD = "11" * 20, "22" * 20


class Told:
    """CometBFT's RPC: who is connected."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)
        self.is_up = True
        self.asked = 0

    def peer_ids(self) -> list[str]:
        self.asked += 1
        if not self.is_up:
            raise CometUnreachableError("CometBFT: no answer")
        return list(self.ids)


class Member:
    """Its expulsion, on a stage; what it restarted for."""

    def __init__(self, stage: Stage, told: Told, key: bytes = ALICE) -> None:
        self.reasons: list[str] = []
        self.expulsion = Expulsion(stage.engine, stage.chosen, AllBut(BAD), told, key, self.reasons.append)

    def look(self, now_s: float) -> int:
        self.expulsion.look(now_s)
        return len(self.reasons)


@pytest.fixture
def excluding(founded: Founded, stage: Stage) -> Stage:
    """A stage whose head excludes BAD."""
    stage.check(founded.admit(0))
    stage.decide()
    return stage


def test_delay_of__each_validator__has_a_turn_of_its_own() -> None:
    keys = [CAROL, ALICE, BOB]
    delays = {key: delay_of(key, keys) for key in keys}
    assert delays == {ALICE: LEAD_S, BOB: LEAD_S + TURN_S, CAROL: LEAD_S + 2 * TURN_S}
    assert delay_of(bytes(32), keys) == LEAD_S + 3 * TURN_S


def test_look__node_excluded_by_a_block__restarts_in_turn_and_once(founded: Founded, stage: Stage) -> None:
    stage.chosen.by_number[1] = (Validator(ALICE, 10), Validator(BOB, 10))
    told = Told(GOOD, BAD)
    member = Member(stage, told, BOB)
    assert member.look(0) == 0
    stage.check(founded.admit(0))
    stage.decide()
    assert member.look(100) == 0
    assert member.look(100 + LEAD_S + TURN_S - 0.1) == 0
    assert member.look(100 + LEAD_S + TURN_S) == 1
    assert BAD in member.reasons[0]
    assert GOOD not in member.reasons[0]
    told.ids.remove(BAD)
    assert [member.look(200 + 100 * n) for n in range(3)] == [1, 1, 1]


def test_look__node_gone_before_the_turn__leaves_cometbft_alone(excluding: Stage) -> None:
    told = Told(GOOD, BAD)
    member = Member(excluding, told)
    member.look(0)
    told.ids.remove(BAD)
    assert member.look(LEAD_S) == 0
    assert member.look(1000) == 0


def test_look__node_still_connected_after_a_restart__is_dropped_in_the_next_round(excluding: Stage) -> None:
    member = Member(excluding, Told(BAD))
    assert [member.look(now) for now in (0, LEAD_S, LEAD_S + 2, 2 * LEAD_S + 1, 2 * LEAD_S + 2)] == [0, 1, 1, 1, 2]


def test_look__cometbft_away__is_done_at_a_later_look(excluding: Stage) -> None:
    told = Told(BAD)
    member = Member(excluding, told)
    for now in (0, 1):
        told.is_up = False
        with pytest.raises(CometUnreachableError):
            member.look(now)
    told.is_up = True
    member.look(2)
    told.is_up = False
    with pytest.raises(CometUnreachableError):
        member.look(2 + LEAD_S)
    told.is_up = True
    assert member.look(3 + LEAD_S) == 1


def test_look__same_head__does_not_ask_again(excluding: Stage) -> None:
    told = Told(GOOD)
    member = Member(excluding, told)
    for now in range(5):
        member.look(now)
    assert told.asked == 1


def test_start__thread__looks_on_after_errors(excluding: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "LOOK_S", 0.01)
    monkeypatch.setattr(expulsion, "LEAD_S", 0.05)
    told = Told("no id", BAD)
    member = Member(excluding, told)
    member.expulsion.start()
    while told.asked < 2:
        time.sleep(0.01)
    told.is_up = False
    asked = told.asked
    while told.asked < asked + 2:
        time.sleep(0.01)
    told.ids, told.is_up = [BAD], True
    end = time.monotonic() + 10
    while not member.reasons:
        assert time.monotonic() < end
        time.sleep(0.01)
    member.expulsion.close()
