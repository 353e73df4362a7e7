"""One town for all tests of money, taken back after each."""

from collections.abc import Iterator

import pytest

from tests.contracts.chain import Chain
from tests.contracts.money.town import Town, found_town


@pytest.fixture(scope="session")
def founded_town() -> Town:
    return found_town(Chain())


@pytest.fixture
def town(founded_town: Town) -> Iterator[Town]:
    with founded_town.chain.anchor():
        yield founded_town
