"""Files that survive a power cut: replaced whole or not at all."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from node.files import trim_log, write_durably


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
