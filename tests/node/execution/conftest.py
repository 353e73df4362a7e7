"""Engines for the tests of both executors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.primitives import Gas
from tests.node.execution.conformance import ALLOC, Engines, Twins
from tests.node.execution.geth_ledger import GethLedger
from tests.node.execution.ledgers import make_genesis

SMALL = Gas(1_000_000)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    engines = Engines(tmp_path_factory.mktemp("engines"))
    yield engines
    engines.close()


@pytest.fixture(scope="session")
def small_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Engines whose blocks are soon full."""
    engines = Engines(tmp_path_factory.mktemp("small"), make_genesis(ALLOC, SMALL))
    yield engines
    engines.close()


@pytest.fixture
def twins(engines: Engines) -> Twins:
    return Twins(engines)


@pytest.fixture(params=["pyevm", pytest.param("geth", marks=pytest.mark.engine)])
def name(request: pytest.FixtureRequest) -> str:
    """Which executor a test of the port is about."""
    return str(request.param)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[GethLedger]:
    """A ledger on a geth of its own."""
    ledger = GethLedger(tmp_path / "geth")
    yield ledger
    ledger.engine.close()
