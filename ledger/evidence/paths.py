"""The names that may stand in an evidence directory, and the tree that they make."""

from collections.abc import Mapping
from typing import TypeAlias

from ledger.evidence.errors import BadPathError, EvidenceTooLargeError

MAX_NAME = 255
"""Bytes of one name in UTF-8, as file systems have it."""
MAX_DEPTH = 32
"""Directories inside one another."""

Tree: TypeAlias = dict[str, "bytes | Tree"]
"""Content by name; a directory is a tree again."""


def validate_name(name: str, path: str) -> None:
    """Refuse a name that no file system or no other reader would take back; `path` is shown in the error.

    Errors  BadPathError(path, expected).
    """
    if name in ("", ".", ".."):
        raise BadPathError(path, "names other than nothing, . and .. between the slashes")
    if "/" in name or "\0" in name:
        raise BadPathError(path, "names without slash and NUL")
    try:
        length = len(name.encode())
    except UnicodeEncodeError as error:
        raise BadPathError(path, "names that can be written in UTF-8") from error
    if length > MAX_NAME:
        raise BadPathError(path, f"names of at most {MAX_NAME} bytes, not {length}")


def build_tree(files: Mapping[str, bytes]) -> Tree:
    """Arrange files by path as a tree. Names are kept as given: composed and decomposed accents are two names.

    Errors  BadPathError, also for a path that is both a file and a directory; EvidenceTooLargeError above MAX_DEPTH.
    """
    root: Tree = {}
    for path, content in files.items():
        *parents, name = path.split("/")
        if len(parents) >= MAX_DEPTH:
            raise EvidenceTooLargeError(f"depth of {path!r}", len(parents) + 1, MAX_DEPTH)
        for part in (*parents, name):
            validate_name(part, path)
        directory = root
        for parent in parents:
            below = directory.setdefault(parent, {})
            if isinstance(below, bytes):
                raise BadPathError(path, f"{parent!r} to be a directory; it is a file too")
            directory = below
        if name in directory:
            raise BadPathError(path, "a file; it is a directory too")
        directory[name] = content
    return root
