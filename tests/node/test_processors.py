"""Engines written in Go get a share of the processors, unless the operator said otherwise."""

import os

import pytest

from node.processors import go_environment


@pytest.mark.parametrize(("processors", "sharers", "share"), [(2, 1, "2"), (2, 4, "1"), (16, 4, "4"), (3, 2, "1")])
def test_go_environment__sharers__each_gets_a_part_and_one_at_least(
    processors: int, sharers: int, share: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    monkeypatch.delenv("GOMAXPROCS", raising=False)
    monkeypatch.setenv("ORTAQ_ANYTHING", "kept")
    environment = go_environment(sharers)
    assert environment["GOMAXPROCS"] == share
    assert environment["ORTAQ_ANYTHING"] == "kept"


def test_go_environment__operator_set_it__stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOMAXPROCS", "7")
    assert go_environment(4)["GOMAXPROCS"] == "7"
