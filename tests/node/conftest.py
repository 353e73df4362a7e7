"""A small ledger with members and seats, a fresh copy for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.small_ledger import SmallLedger, found_small


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its directory; nothing has it open."""
    ledger = SmallLedger(found_small(tmp_path_factory.mktemp("filled") / "ledger")).fill()
    ledger.node.close()
    return ledger.path


@pytest.fixture
def ledger(filled: Path, tmp_path: Path) -> Iterator[SmallLedger]:
    """The copy, opened."""
    shutil.copytree(filled, tmp_path / "ledger")
    opened = SmallLedger(tmp_path / "ledger")
    yield opened
    opened.node.close()
