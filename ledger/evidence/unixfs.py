"""UnixFS messages: what a dag-pb node is, a file's piece or a directory.

Source  the UnixFS specification, message `Data`. Mode and time are not kept: evidence is named by content alone.
"""

from dataclasses import dataclass
from enum import IntEnum

from ledger.evidence.errors import MalformedBlockError
from ledger.evidence.protobuf import decode_fields, encode_number, need_bytes, need_number

_TYPE, _DATA, _FILE_SIZE, _BLOCK_SIZES = 1, 2, 3, 4


class Kind(IntEnum):
    """The kinds that evidence is made of, by their UnixFS number."""

    RAW = 0
    DIRECTORY = 1
    FILE = 2


DIRECTORY_DATA = encode_number(_TYPE, Kind.DIRECTORY)
"""The message of every directory."""


@dataclass(frozen=True, slots=True)
class FileData:
    """A piece of a file. `data` comes first, then one child of each of `sizes`, in bytes; `size` is their sum."""

    data: bytes
    size: int
    sizes: tuple[int, ...]


def encode_file_data(sizes: tuple[int, ...]) -> bytes:
    """Encode a file node that holds no data of its own, only children of these sizes in bytes."""
    head = encode_number(_TYPE, Kind.FILE) + encode_number(_FILE_SIZE, sum(sizes))
    return head + b"".join(encode_number(_BLOCK_SIZES, size) for size in sizes)


def decode_data(message: bytes) -> FileData | None:
    """Decode a UnixFS message. A directory gives None: it has no content but its links.

    Errors  MalformedBlockError for another kind (symlink, sharded directory, ...) and for sizes that do not add up.
    """
    kind: int | None = None
    data, size, sizes = b"", None, []
    for field, value in decode_fields(message):
        if field == _TYPE:
            kind = need_number("type", value)
        elif field == _DATA:
            data = need_bytes("data", value)
        elif field == _FILE_SIZE:
            size = need_number("filesize", value)
        elif field == _BLOCK_SIZES:
            sizes.append(need_number("blocksizes", value))
    if kind == Kind.DIRECTORY:
        return None
    if kind not in (Kind.FILE, Kind.RAW):
        raise MalformedBlockError("type", str(kind), "0 (raw), 1 (directory) or 2 (file)")
    total = len(data) + sum(sizes)
    if total != (size or 0):
        raise MalformedBlockError("filesize", str(size), str(total))
    if 0 in sizes:
        raise MalformedBlockError("blocksizes", "0", "at least 1")
    return FileData(data, total, tuple(sizes))
