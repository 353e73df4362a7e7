"""A ballot box for each test, as it was founded."""

from collections.abc import Iterator

import pytest

from tests.contracts.chain import Chain
from tests.contracts.voting.ballot_box import BallotBox, set_up


@pytest.fixture(scope="module")
def founded_box() -> BallotBox:
    return set_up(Chain())


@pytest.fixture
def box(founded_box: BallotBox) -> Iterator[BallotBox]:
    """What a test does to it is undone after it."""
    with founded_box.chain.anchor():
        yield founded_box
