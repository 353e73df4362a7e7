"""Several byte strings in one row, of which one can be read without the others."""

import struct
from collections.abc import Sequence


def pack(items: Sequence[bytes]) -> bytes:
    """Count, then where each item ends, as 4-byte big-endian numbers, then the items."""
    ends, end = [], 0
    for item in items:
        end += len(item)
        ends.append(end)
    return struct.pack(f">{len(items) + 1}I", len(items), *ends) + b"".join(items)


def unpack(row: bytes) -> list[bytes]:
    (count,) = struct.unpack_from(">I", row)
    start = 4 + 4 * count
    ends = struct.unpack_from(f">{count}I", row, 4)
    return [row[start + left : start + right] for left, right in zip((0, *ends), ends, strict=False)]


def unpack_one(row: bytes, index: int) -> bytes | None:
    """Return one item, None where there is none at `index`."""
    (count,) = struct.unpack_from(">I", row)
    if not 0 <= index < count:
        return None
    start = 4 + 4 * count
    left = struct.unpack_from(">I", row, 4 * index)[0] if index else 0
    (right,) = struct.unpack_from(">I", row, 4 + 4 * index)
    return row[start + left : start + right]
