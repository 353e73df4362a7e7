"""Files that survive a power cut: replaced whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from node.files import write_durably


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
