"""When a member starts CometBFT anew because it runs but decides nothing more, and when it lets it be."""

import pytest

from node.consensus.comet.lookout import LOOK_S
from node.consensus.comet.rpc import CometUnreachableError
from node.consensus.comet.stall import AHEAD, BEHIND_S, GAP_S, SILENT_S, Stall


class Told:
    """CometBFT's RPC, and the application's state."""

    def __init__(self) -> None:
        self.place = (11, 0, 1)
        self.peers = [11, 12]
        self.is_away = self.is_behind = self.is_busy = False
        self.now_s = 0.0
        self.reasons: list[str] = []
        self.stall = Stall(self, lambda: self.is_busy, self.reasons.append)

    def round(self) -> tuple[int, int, int]:
        if self.is_away:
            raise CometUnreachableError("CometBFT: no answer")
        return self.place

    def peer_heights(self) -> list[int]:
        return self.peers

    def is_catching_up(self) -> bool:
        return self.is_behind

    def look(self, until_s: float) -> int:
        """Look as often as the thread does, up to a time; how often it was started anew."""
        while self.now_s + LOOK_S <= until_s:
            self.now_s += LOOK_S
            self.stall.look(self.now_s)
        return len(self.reasons)


def test_look__no_step_while_peers_go_on__restarts_and_begins_again() -> None:
    told = Told()
    assert told.look(LOOK_S) == 0
    told.peers = [11 + AHEAD, 11]
    assert told.look(BEHIND_S) == 0
    assert told.look(LOOK_S + BEHIND_S) == 1
    assert "height 11, peers are 2 ahead" in told.reasons[0]
    assert told.look(LOOK_S + 2 * BEHIND_S) == 1
    assert told.look(2 * LOOK_S + 2 * BEHIND_S) == 2


@pytest.mark.parametrize("is_so", ["is_busy", "is_behind"])
def test_look__waiting_for_the_application_or_catching_up__lets_it_be(is_so: str) -> None:
    told = Told()
    told.peers = [50]
    setattr(told, is_so, True)
    assert told.look(300) == 0
    setattr(told, is_so, False)
    assert told.look(298 + BEHIND_S) == 0
    assert told.look(300 + BEHIND_S) == 1


def test_look__after_a_gap__counts_anew() -> None:
    told = Told()
    told.peers = [50]
    assert told.look(BEHIND_S) == 0
    told.now_s += GAP_S
    assert told.look(told.now_s + BEHIND_S) == 0
    assert told.look(told.now_s + LOOK_S) == 1


def test_look__steps_go_on__lets_it_be() -> None:
    told = Told()
    told.peers = [50]
    for until_s in range(8, 200, 8):
        told.place = (11, until_s, 1)
        assert told.look(until_s) == 0


def test_look__idle_with_all_others__restarts_only_after_heartbeats_were_due() -> None:
    told = Told()
    assert told.look(SILENT_S) == 0
    assert told.look(SILENT_S + LOOK_S) == 1


def test_look__without_peers__restarts_after_heartbeats_were_due_and_says_so() -> None:
    told = Told()
    told.peers = []
    assert told.look(SILENT_S) == 0
    assert told.look(SILENT_S + LOOK_S) == 1
    assert told.reasons[0].endswith("at height 11, no peer is connected")


def test_look__cometbft_away__says_so() -> None:
    told = Told()
    told.is_away = True
    with pytest.raises(CometUnreachableError):
        told.look(LOOK_S)
