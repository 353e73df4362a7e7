"""The few protobuf messages that CometBFT hashes and signs, canonical: fields ascending, defaults left out."""

from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.primitives import Hash32

PRECOMMIT = 2
INT63 = 1 << 63
_VARINT, _FIXED64, _BYTES = 0, 1, 2


class CommitError(BadInputError):
    """A CometBFT header, validator set or commit that does not hold, or bytes that are none."""

    type = "bad-commit"


def validate_range(name: str, value: int, low: int, limit: int) -> None:
    """Errors: CommitError unless low <= value < limit."""
    if not low <= value < limit:
        raise CommitError(f"{name}: {value}, expected {low} to {limit - 1}")


def validate_length(name: str, data: bytes, length: int) -> None:
    """Errors: CommitError."""
    if len(data) != length:
        raise CommitError(f"{name}: {len(data)} bytes, expected {length}")


def encode_varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first, in as few bytes as possible."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def number_field(field: int, value: int) -> bytes:
    return encode_varint(field << 3 | _VARINT) + encode_varint(value) if value else b""


def fixed_field(field: int, value: int) -> bytes:
    """A number as `sfixed64`."""
    return encode_varint(field << 3 | _FIXED64) + value.to_bytes(8, "little") if value else b""


def bytes_field(field: int, data: bytes) -> bytes:
    return message_field(field, data) if data else b""


def message_field(field: int, data: bytes) -> bytes:
    """A message inside another one; it is written even if it is empty."""
    return encode_varint(field << 3 | _BYTES) + encode_varint(len(data)) + data


@dataclass(frozen=True, slots=True)
class Instant:
    """A time. Units: `seconds` since the Unix epoch and `nanoseconds` below 10^9. Errors: CommitError."""

    seconds: int
    nanoseconds: int

    def __post_init__(self) -> None:
        validate_range("seconds", self.seconds, 0, INT63)
        validate_range("nanoseconds", self.nanoseconds, 0, 10**9)

    def encode(self) -> bytes:
        """`google.protobuf.Timestamp`."""
        return number_field(1, self.seconds) + number_field(2, self.nanoseconds)


@dataclass(frozen=True, slots=True)
class PartSet:
    """How a block is cut into parts for gossip: their number and the root over them. Errors: CommitError."""

    total: int
    hash: Hash32

    def __post_init__(self) -> None:
        validate_range("part set total", self.total, 1, 1 << 32)
        validate_length("part set hash", self.hash, 32)

    def encode(self) -> bytes:
        """`PartSetHeader`, and `CanonicalPartSetHeader`."""
        return number_field(1, self.total) + bytes_field(2, self.hash)


@dataclass(frozen=True, slots=True)
class BlockId:
    """What validators vote for: a header's hash and the block's parts. Errors: CommitError."""

    hash: Hash32
    parts: PartSet

    def __post_init__(self) -> None:
        validate_length("block id", self.hash, 32)

    def encode(self) -> bytes:
        """`BlockID`, and `CanonicalBlockID`."""
        return bytes_field(1, self.hash) + message_field(2, self.parts.encode())
