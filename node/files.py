"""Files that must survive a power cut: written beside, synced, renamed, and the folder synced; and logs in bounds."""

import logging
import os
import secrets
import shutil
from pathlib import Path

LOG_BYTES = 8 << 20
"""A log that is longer is put aside; one older log is kept."""
WORDS_BYTES = 4_096

log = logging.getLogger(__name__)


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file in one step: afterwards it holds the old bytes or the new ones, never a part."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_draft(path: Path) -> Path:
    """An empty folder to fill with what is to stand at `path`, all of it or nothing.

    It is beside its place. Where a folder stands there, it is in that: somebody may be in it, or a disk be mounted.
    """
    path = path.absolute()
    name = f".{secrets.token_hex(4)}.new"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path / name if path.is_dir() else path.with_name(f".{path.name}{name}")
    draft.mkdir()
    return draft


def publish_folder(draft: Path, path: Path, last: str) -> None:
    """Give a draft that is whole its place, durably: in one step, or its parts one by one into a folder that is there.

    Shape   `last`: the part by which the folder is known for what it is; without it there is nothing yet.
    """
    path = path.absolute()
    if draft.parent != path:
        draft.rename(path)
        sync_folder(path.parent)
        return
    moved: list[Path] = []
    try:
        for part in sorted(draft.iterdir(), key=lambda part: part.name == last):
            if part.name == last:
                sync_folder(path)
            part.rename(path / part.name)
            moved.append(part)
    except BaseException:
        for part in moved:
            (path / part.name).rename(part)
        raise
    draft.rmdir()
    sync_folder(path)


def trim_log(path: Path, limit: int = LOG_BYTES) -> None:
    """Put a long log aside as `<name>.1`, also under a process that writes it, if that appends."""
    if not path.exists() or path.stat().st_size <= limit:
        return
    aside = path.with_name(path.name + ".1")
    try:
        shutil.copyfile(path, aside)
    except OSError as error:
        # A full disk: room counts for more than old lines.
        log.warning("%s was not kept: %s", aside, error)
        aside.unlink(missing_ok=True)
    os.truncate(path, 0)


def last_words(path: Path, lines: int = 1) -> str:
    """The last lines of a log, cut short, for a message of what went wrong with the one who wrote it."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - WORDS_BYTES))
            found = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return "no log"
    return " | ".join(line.strip()[:200] for line in found[-lines:]) or "an empty log"
