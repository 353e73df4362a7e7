"""Options of the whole test suite."""

import os

import pytest

from tests.contracts.gas import UPDATE_VARIABLE


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--gas-update", action="store_true", help="write the gas snapshots anew (not with -n)")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--gas-update"):
        os.environ[UPDATE_VARIABLE] = "1"
