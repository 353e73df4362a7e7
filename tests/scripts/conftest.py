"""A working directory for tests of the commands."""

import shutil
from pathlib import Path

import pytest

from node.keys import save_key
from scripts.cli import main
from tests.scripts.calling import BUDGET, PROJECTS, write_roll
from tests.scripts.small_ledger import voter_key


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a rehearsal's ledger `trial`, roll imported, one budget vote open, key files of seats."""
    folder = tmp_path_factory.mktemp("commands")
    trial = folder / "trial"
    assert main(["init", str(trial), "--constitution", "replay", "--quiet"]) == 0
    members, seats = write_roll(folder)
    assert main(["roll", "import", str(members), str(seats), "-l", str(trial), "--quiet"]) == 0
    (folder / "vote.toml").write_text(BUDGET)
    (folder / "projects.csv").write_text(PROJECTS)
    words = ["vote", "open", str(folder / "vote.toml"), str(folder / "projects.csv"), "--rehearsal", "--quiet"]
    assert main([*words, "-l", str(trial)]) == 0
    for seat in range(3):
        save_key(folder / "voters", f"seat {seat}", voter_key(seat), None)
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory."""
    place = tmp_path / "work"
    shutil.copytree(prepared, place)
    monkeypatch.chdir(place)
    monkeypatch.setenv("ORTAQ_LEDGER", str(place / "trial"))
    return place
