"""`ortaq evidence`."""

from pathlib import Path

import pytest

from tests.scripts.calling import run


def test_evidence__added_fetched_checked__is_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = b"an invoice\n" * 50_000
    (folder / "invoice").write_bytes(data)
    _, added, _ = run(capsys, "evidence", "add", "invoice", "--purpose", "invoice", "--as", "returning officer")
    assert added["number"] == 2
    assert run(capsys, "evidence", "get", 2, "-o", "back")[1]["bytes"] == len(data)
    assert (folder / "back").read_bytes() == data
    _, kept, _ = run(capsys, "evidence", "add", "invoice", "--no-anchor")
    assert (kept["cid"], kept["number"]) == (added["cid"], None)
    code, facts, _ = run(capsys, "evidence", "check")
    assert (code, facts["checked"], facts["complete"], facts["damaged"]) == (0, 2, True, [])


def test_evidence__directory__is_kept_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "scans" / "inner").mkdir(parents=True)
    (folder / "scans" / "one").write_bytes(b"1")
    (folder / "scans" / "inner" / "two").write_bytes(b"2" * 300_000)
    _, added, _ = run(capsys, "evidence", "add", "scans")
    assert run(capsys, "evidence", "check", 2)[0] == 0
    run(capsys, "evidence", "get", added["cid"], "-o", "out")
    assert run(capsys, "evidence", "get", added["cid"], "-o", "out")[1]["type"] == "system"
    assert run(capsys, "evidence", "get", added["cid"])[1]["type"] == "bad-input"
    assert (folder / "out" / "inner" / "two").read_bytes() == b"2" * 300_000
    assert (folder / "out" / "one").read_bytes() == b"1"


def test_evidence__damaged_or_missing__is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f").write_bytes(b"content")
    _, added, _ = run(capsys, "evidence", "add", "f")
    block = next((folder / "trial" / "evidence" / "blocks").rglob(added["cid"]))
    block.write_bytes(b"c0ntent")
    code, facts, _ = run(capsys, "evidence", "check")
    assert (code, facts["damaged"]) == (1, [2])
    assert run(capsys, "evidence", "get", 2, "-o", "x")[1]["type"] == "evidence-damaged"
    block.unlink()
    code, facts, _ = run(capsys, "evidence", "check", 2)
    assert (code, facts["complete"]) == (3, False)
    assert run(capsys, "evidence", "get", 2, "-o", "x")[:2][1]["type"] == "evidence-not-found"
    assert not (folder / "x").exists()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["add", "nowhere"], "system"),
        (["add", "vote.toml", "--purpose", "x" * 33], "bad-input"),
        (["add", "vote.toml", "--purpose", "счёт"], "bad-input"),
        (["add", "vote.toml", "--subject", "0x12"], "bad-input"),
        (["add", "vote.toml", "--as", "king"], "unknown-duty"),
        (["add", "vote.toml", "--as", "deployer"], "bad-key-file"),
        (["get", "99", "-o", "x"], "unknown-evidence"),
        (["get", "bafy", "-o", "x"], "bad-cid"),
        (["check", "99"], "unknown-evidence"),
    ],
)
def test_evidence__bad_words__are_named(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], kind: str
) -> None:
    code, facts, _ = run(capsys, "evidence", *words)
    assert (code, facts["type"]) == (2, kind)
    assert run(capsys, "evidence", "check")[1]["checked"] == 1
