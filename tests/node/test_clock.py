"""Clocks: what a proposer may put into the next block."""

import time

import pytest

from ledger.primitives import Timestamp
from node.clock import SimulatedClock, WallClock


def test_wall_clock__parent_in_the_past__proposes_now() -> None:
    before = int(time.time())
    found = WallClock().propose(Timestamp(before - 100))
    assert found is not None
    assert before <= found <= int(time.time())


@pytest.mark.parametrize("ahead", [0, 1, 3600])
def test_wall_clock__parent_not_past_yet__proposes_nothing(monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.9)
    assert WallClock().propose(Timestamp(1000 + ahead)) is None


def test_simulated_clock__each_block__is_a_second_later_at_least() -> None:
    clock = SimulatedClock(Timestamp(100))
    assert clock.propose(Timestamp(100)) == 101
    assert clock.propose(Timestamp(100)) == 101
    clock.advance_to(Timestamp(500))
    assert clock.propose(Timestamp(101)) == 500
    assert clock.propose(Timestamp(500)) == 501


def test_simulated_clock__told_to_go_back__stays() -> None:
    clock = SimulatedClock(Timestamp(100))
    clock.advance_to(Timestamp(50))
    assert clock.now() == 100
