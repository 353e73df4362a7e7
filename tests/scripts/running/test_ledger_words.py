"""What all commands have in common: the LEDGER, silence, a store in use."""

import fcntl
from pathlib import Path

import pytest

from scripts.cli import main
from tests.scripts.calling import run


def test_ledger__named_by_nothing_or_by_another_thing__is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORTAQ_LEDGER")
    assert run(capsys, "vote", "show")[1]["type"] == "no-ledger-named"
    assert run(capsys, "vote", "show", "-l", folder)[1]["type"] == "no-ledger"
    assert run(capsys, "vote", "show", "-l", "http://127.0.0.1:1")[:2][0] == 3
    assert run(capsys, "roll", "import", "seats.csv", "-l", "http://127.0.0.1:1")[1]["type"] == "directory-needed"


def test_ledger__in_use_by_another_writer__is_said_with_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "f").write_bytes(b"content")
    with (folder / "trial" / "store" / "writer.lock").open("r+") as held:
        # What another process holds: LMDB refuses to open one store twice in the same process, lock or not.
        fcntl.flock(held, fcntl.LOCK_EX)
        code, facts, _ = run(capsys, "evidence", "add", "f")
    assert (code, facts["type"]) == (2, "store-locked")
    assert "stop it" in facts["detail"]


def test_quiet__prints_nothing_but_errors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["vote", "show", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["vote", "show", "9", "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_status__without_a_node__reads_the_directory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, facts, _ = run(capsys, "node", "status")
    assert (code, facts["running"], facts["seal"]) == (0, False, "sealed")
    assert facts["height"] > 0
