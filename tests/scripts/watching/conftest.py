"""A stage, fresh for each test."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.views.questions import load_question
from tests.scripts.watching.stage import Stage, build, reopen


@pytest.fixture(scope="session")
def voted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory; nothing has it open."""
    return build(tmp_path_factory.mktemp("watched") / "ledger")


@pytest.fixture
def stage(voted: Path, tmp_path: Path) -> Iterator[Stage]:
    shutil.copytree(voted, tmp_path / "ledger")
    with ExitStack() as stack:
        ledger = reopen(tmp_path / "ledger", stack)
        yield Stage(ledger, stack, load_question(ledger.node.chain.state(), 1), 2)
