"""What is ready before the first visitor comes."""

import logging

import pytest

from api.app import create_app
from api.rendering import environment
from api.warming import FIXED, warm_up
from ledger.errors import CannotCheckError
from tests.api.town import Town


def test_warm_up__of_a_ledger__asks_for_pages_and_for_the_newest_block_and_vote(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    app = create_app(town.services())

    async def note(_app: object, path: str) -> None:
        asked.append(path)

    monkeypatch.setattr("api.warming._ask", note)
    warm_up(app)

    head = town.chain.head().number
    assert asked == [*FIXED, f"/blocks/{head}", "/votes/4", "/votes/4/ballots", "/votes/4/checked"]


def test_warm_up__real_pages__answer_and_every_template_is_compiled(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    environment.cache_clear()
    with caplog.at_level(logging.INFO, logger="ortaq.api"):
        warm_up(create_app(town.services()))

    compiled = {key[1] for key in environment().cache}  # type: ignore[union-attr]
    assert compiled == set(environment().list_templates())
    assert not caplog.records


def test_warm_up__chain_that_does_not_answer__is_noted_and_harmless(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    class Silent:
        def head(self) -> None:
            raise CannotCheckError("the executor does not answer")

    with caplog.at_level(logging.INFO, logger="ortaq.api"):
        warm_up(create_app(town.services(chain=Silent())))
    assert "not ready for the first visitor" in caplog.text
