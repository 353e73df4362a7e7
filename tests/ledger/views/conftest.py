"""The same town as the API's tests have."""

import pytest

from tests.api.town import Town, find_town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town that tests only read."""
    return find_town(tmp_path_factory)
