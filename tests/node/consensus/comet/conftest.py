"""A founded ledger for all tests of a module, and an application that CometBFT has begun with."""

import pytest

from tests.node.consensus.comet.stage import Founded, Stage


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    return Founded.at(tmp_path_factory.mktemp("comet") / "ledger")


@pytest.fixture
def stage(founded: Founded) -> Stage:
    made = Stage(founded)
    made.begin()
    return made
