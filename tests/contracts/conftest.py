"""A founded ledger for tests of contracts."""

from collections.abc import Iterator

import pytest

from tests.contracts.chain import Chain
from tests.contracts.founding import World, found


@pytest.fixture(scope="module")
def founded() -> World:
    return found(Chain())


@pytest.fixture
def world(founded: World) -> Iterator[World]:
    """The record contracts as founded; what a test does to them is undone after it."""
    with founded.chain.anchor():
        yield founded


@pytest.fixture
def fresh() -> World:
    """A founding of its own, for measuring gas."""
    return found(Chain())
