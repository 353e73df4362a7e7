"""Files that survive a power cut: replaced whole or not at all."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from node.files import make_draft, publish_folder, trim_log, write_durably


def test_write__new_and_old_file__holds_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_durably(path, b"one", mode=0o600)
    write_durably(path, b"two", mode=0o600)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_write__sync_fails__keeps_the_old_bytes_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    write_durably(path, b"old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def fill(draft: Path) -> None:
    (draft / "store").mkdir()
    (draft / "a.json").write_text("a")
    (draft / "z.json").write_text("z")


def test_draft__of_a_new_folder__stands_beside_it_until_it_is_published(tmp_path: Path) -> None:
    path = tmp_path / "above" / "town"
    draft = make_draft(path)
    fill(draft)
    assert list(path.parent.iterdir()) == [draft]
    publish_folder(draft, path, "a.json")
    assert (list(path.parent.iterdir()), len(list(path.iterdir()))) == ([path], 3)


@pytest.mark.parametrize("way", ["directly", "as .", "by a link"])
def test_draft__of_a_folder_that_is_there__goes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    folder, link = tmp_path / "town", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    monkeypatch.chdir(folder)
    path = {"directly": folder, "as .": Path(), "by a link": link}[way]
    before = folder.stat().st_ino
    draft = make_draft(path)
    fill(draft)
    publish_folder(draft, path, "a.json")
    assert sorted(entry.name for entry in folder.iterdir()) == ["a.json", "store", "z.json"]
    # It is the same folder: whoever stands in it sees what came.
    assert folder.stat().st_ino == before
    assert sorted(os.listdir()) == ["a.json", "store", "z.json"]  # noqa: PTH208  where the process stands


def test_publish__killed_or_failing_on_the_way__shows_the_last_part_only_when_all_others_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "town"
    folder.mkdir()
    draft = make_draft(folder)
    fill(draft)
    seen = []
    rename = Path.rename

    def fail_at_last(self: Path, target: Path) -> Path:
        seen.append(sorted(entry.name for entry in folder.iterdir() if entry != draft))
        if self.name == "a.json":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_at_last)
    with pytest.raises(OSError, match="No space left"):
        publish_folder(draft, folder, "a.json")
    assert seen[2] == ["store", "z.json"]
    assert list(folder.iterdir()) == [draft]
    assert sorted(entry.name for entry in draft.iterdir()) == ["a.json", "store", "z.json"]


def test_trim_log__long_log__is_put_aside_under_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    trim_log(path, 10)
    assert list(tmp_path.iterdir()) == []
    with path.open("ab", buffering=0) as writer:
        writer.write(b"0123456789")
        trim_log(path, 10)
        assert path.read_bytes() == b"0123456789"
        writer.write(b"a")
        trim_log(path, 10)
        writer.write(b"b")
    assert path.read_bytes() == b"b"
    assert (tmp_path / "out.log.1").read_bytes() == b"0123456789a"


def test_trim_log__full_disk__gives_up_the_old_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "out.log"
    path.write_bytes(bytes(11))

    def fail(_: Path, to: Path) -> None:
        to.write_bytes(bytes(3))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", fail)
    trim_log(path, 10)
    assert path.read_bytes() == b""
    assert list(tmp_path.iterdir()) == [path]
    assert "No space left" in caplog.text
