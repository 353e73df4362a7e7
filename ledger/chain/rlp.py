"""Recursive Length Prefix: the one encoding of headers, transactions, receipts and trie nodes.

Encoders return bytes that can be joined; decoding accepts canonical bytes only, so that one value has one hash.
"""

from collections.abc import Iterable

from ledger.errors import BadInputError

RlpItem = bytes | list["RlpItem"]
"""A byte string or a list of items."""


class BadRlpError(BadInputError):
    """Bytes that are not the canonical encoding of one item."""

    type = "bad-rlp"


def encode_bytes(value: bytes) -> bytes:
    size = len(value)
    if size == 1 and value[0] < 0x80:
        return value
    if size < 56:
        return bytes((0x80 + size,)) + value
    width = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0xB7 + len(width),)) + width + value


def encode_int(value: int) -> bytes:
    """Encode an unsigned integer: big-endian without leading zeros, zero as the empty string."""
    if value < 0x80:
        return bytes((value,)) if value else b"\x80"
    return encode_bytes(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def encode_payload(payload: bytes) -> bytes:
    """Wrap joined encodings as one list."""
    size = len(payload)
    if size < 56:
        return bytes((0xC0 + size,)) + payload
    width = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0xF7 + len(width),)) + width + payload


def encode_list(items: Iterable[bytes]) -> bytes:
    """Encode a list of items that are encoded already."""
    return encode_payload(b"".join(items))


def encode(item: RlpItem) -> bytes:
    if isinstance(item, bytes):
        return encode_bytes(item)
    return encode_list([encode(child) for child in item])


def decode(data: bytes) -> RlpItem:
    """Decode exactly one item; BadRlpError on anything left over, missing or not in shortest form."""
    item, end = _read(data, 0, len(data), 0)
    if end != len(data):
        raise BadRlpError(f"{len(data) - end} bytes follow the item, expected none")
    return item


def decode_list(data: bytes, count: int | None = None) -> list[RlpItem]:
    """Decode a list, of `count` items when that is given."""
    item = decode(data)
    if not isinstance(item, list):
        raise BadRlpError("found a byte string, expected a list")
    if count is not None and len(item) != count:
        raise BadRlpError(f"list has {len(item)} items, expected {count}")
    return item


def _read(data: bytes, at: int, end: int, depth: int) -> tuple[RlpItem, int]:
    if at >= end:
        raise BadRlpError(f"item is cut off at byte {at}")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    if first < 0xC0:
        start, stop = _span(data, at, end, 0x80)
        if stop - start == 1 and data[start] < 0x80:
            raise BadRlpError(f"byte {at}: a single byte below 0x80 has no prefix")
        return data[start:stop], stop
    if depth > 64:
        raise BadRlpError("lists are nested deeper than 64")
    start, stop = _span(data, at, end, 0xC0)
    return _read_items(data, start, stop, depth + 1), stop


def _read_items(data: bytes, at: int, end: int, depth: int) -> list[RlpItem]:
    items: list[RlpItem] = []
    while at < end:
        size = data[at] - 0x80
        stop = at + 1 + size
        # Most items are short strings; the others, and all that are wrong, take the longer way.
        if 1 < size < 56 and stop <= end:
            items.append(data[at + 1 : stop])
            at = stop
        else:
            item, at = _read(data, at, end, depth)
            items.append(item)
    return items


def _span(data: bytes, at: int, end: int, base: int) -> tuple[int, int]:
    """First and last+1 position of the payload of the item at `at`."""
    size = data[at] - base
    start = at + 1
    if size > 55:
        width = size - 55
        size = int.from_bytes(data[start : start + width], "big")
        if start + width > end or size < 56 or data[start] == 0:
            raise BadRlpError(f"byte {at}: length is cut off or not in shortest form")
        start += width
    if start + size > end:
        raise BadRlpError(f"byte {at}: item of {size} bytes is cut off")
    return start, start + size


def decode_int(item: RlpItem, field: str, limit: int = 1 << 256) -> int:
    """Read an unsigned integer below `limit` from a decoded item."""
    if not isinstance(item, bytes):
        raise BadRlpError(f"{field}: found a list, expected an integer")
    if item[:1] == b"\0":
        raise BadRlpError(f"{field}: integer has a leading zero byte")
    value = int.from_bytes(item, "big")
    if value >= limit:
        raise BadRlpError(f"{field}: found {value}, expected less than {limit}")
    return value


def decode_fixed(item: RlpItem, field: str, *sizes: int) -> bytes:
    """Read a byte string of one of the given sizes from a decoded item."""
    if not isinstance(item, bytes):
        raise BadRlpError(f"{field}: found a list, expected a byte string")
    if len(item) not in sizes:
        raise BadRlpError(f"{field}: found {len(item)} bytes, expected {' or '.join(map(str, sizes))}")
    return item
