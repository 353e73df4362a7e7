"""The little of protobuf that dag-pb and UnixFS need: varints and length-delimited fields, in ascending order."""

from collections.abc import Iterator

from multiformats import varint

from ledger.evidence.errors import MalformedBlockError

VARINT = 0
BYTES = 2


def encode_number(field: int, value: int) -> bytes:
    """Encode one varint field. `value` is at least 0 and under 2^63."""
    return varint.encode(field << 3 | VARINT) + varint.encode(value)


def encode_bytes(field: int, value: bytes) -> bytes:
    """Encode one length-delimited field."""
    return varint.encode(field << 3 | BYTES) + varint.encode(len(value)) + value


def decode_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (field, value) in the order of the message: int for a varint field, bytes for a delimited one.

    Errors  MalformedBlockError for another wire type, a value cut short, a varint that is not minimal.
    Source  the protobuf encoding guide; IPLD's dag-pb asks for this strict subset.
    """
    rest = memoryview(message)
    while rest:
        key, rest = _take_varint(rest)
        field, wire = key >> 3, key & 7
        number, rest = _take_varint(rest)
        if wire == VARINT:
            yield field, number
        elif wire == BYTES:
            if number > len(rest):
                raise MalformedBlockError(f"field {field}", f"{len(rest)} bytes", f"{number} bytes")
            yield field, bytes(rest[:number])
            rest = rest[number:]
        else:
            raise MalformedBlockError(f"field {field}", f"wire type {wire}", f"{VARINT} or {BYTES}")


def need_number(name: str, value: int | bytes) -> int:
    """Take a varint field's value, or raise MalformedBlockError."""
    if isinstance(value, bytes):
        raise MalformedBlockError(name, "bytes", "a number")
    return value


def need_bytes(name: str, value: int | bytes) -> bytes:
    """Take a delimited field's value, or raise MalformedBlockError."""
    if isinstance(value, int):
        raise MalformedBlockError(name, "a number", "bytes")
    return value


def _take_varint(data: memoryview) -> tuple[int, memoryview]:
    try:
        number, _, rest = varint.decode_raw(data)
    except ValueError as error:
        raise MalformedBlockError("varint", str(error), "a minimal varint of at most 9 bytes") from error
    return number, rest
