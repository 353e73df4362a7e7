"""The town, and a browser's view of it without a browser."""

import pytest

from api.app import create_app
from tests.api.app_client import AppClient
from tests.api.town import Town, find_town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town that tests only read."""
    return find_town(tmp_path_factory)


@pytest.fixture(scope="session")
def client(town: Town) -> AppClient:
    return AppClient(create_app(town.services()))
