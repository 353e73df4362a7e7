"""The few types and functions that everything else is written in."""

from typing import NewType

import sha3

Address = NewType("Address", bytes)
"""20 bytes."""
Hash32 = NewType("Hash32", bytes)
"""32 bytes."""
Height = NewType("Height", int)
"""Block number, genesis is 0."""
Gas = NewType("Gas", int)
MinorUnits = NewType("MinorUnits", int)
"""Money in the currency's smallest unit; never a float."""
Timestamp = NewType("Timestamp", int)
"""Seconds since the Unix epoch, as in block headers."""

ZERO_ADDRESS = Address(bytes(20))
ZERO_HASH = Hash32(bytes(32))


def keccak256(data: bytes) -> Hash32:
    """Hash as Ethereum does (Keccak-256, not SHA3-256)."""
    return Hash32(sha3.keccak_256(data).digest())


def to_word(value: int) -> bytes:
    """Encode an unsigned integer as one 32-byte EVM word."""
    return value.to_bytes(32, "big")


def to_hex(data: bytes) -> str:
    """Encode bytes as `0x`-prefixed lower-case hex."""
    return "0x" + data.hex()
