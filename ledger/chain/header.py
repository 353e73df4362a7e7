"""A block header of the Cancun rules: twenty fields, one hash."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ledger.chain.rlp import BadRlpError, decode_fixed, decode_int, decode_list, encode_bytes, encode_int, encode_list
from ledger.errors import BadInputError
from ledger.primitives import ZERO_HASH, Address, Gas, Hash32, Height, Timestamp, keccak256

EMPTY_ROOT = keccak256(b"\x80")
"""Root of a trie without entries."""
EMPTY_UNCLES_HASH = keccak256(b"\xc0")
EMPTY_BLOOM = bytes(256)
NO_GAS = Gas(0)
UINT64 = 1 << 64


class BadHeaderError(BadInputError):
    """Bytes that are not one canonical header."""

    type = "bad-header"


@dataclass(frozen=True)
class Header:
    """What a block commits to.

    Shape   the defaults are the values that every block of a ledger has: no uncles, no withdrawals, no blobs, base
            fee 0, `parent_beacon_block_root` and `prev_randao` zero.
    Source  the Ethereum execution specification, Cancun; EIP-1559, 4399, 4788, 4844, 4895.
    """

    parent_hash: Hash32
    fee_recipient: Address
    state_root: Hash32
    number: Height
    gas_limit: Gas
    timestamp: Timestamp
    uncles_hash: Hash32 = EMPTY_UNCLES_HASH
    transactions_root: Hash32 = EMPTY_ROOT
    receipts_root: Hash32 = EMPTY_ROOT
    logs_bloom: bytes = EMPTY_BLOOM
    difficulty: int = 0
    gas_used: Gas = NO_GAS
    extra_data: bytes = b""
    prev_randao: Hash32 = ZERO_HASH
    nonce: bytes = bytes(8)
    base_fee_per_gas: int = 0
    withdrawals_root: Hash32 = EMPTY_ROOT
    blob_gas_used: Gas = NO_GAS
    excess_blob_gas: Gas = NO_GAS
    parent_beacon_block_root: Hash32 = ZERO_HASH

    def encode(self) -> bytes:
        return encode_list(
            encode_bytes(value) if isinstance(value, bytes) else encode_int(value)
            for value in (getattr(self, name) for name, _ in _LAYOUT)
        )

    @cached_property
    def hash(self) -> Hash32:
        return keccak256(self.encode())

    def differences(self, other: "Header") -> tuple[str, ...]:
        """Names of the fields in which two headers differ, in the order of the encoding."""
        return tuple(name for name, _ in _LAYOUT if getattr(self, name) != getattr(other, name))


# Order in the encoding; a number is the size in bytes, 0 an integer, -1 bytes of free length.
_LAYOUT = (
    ("parent_hash", 32),
    ("uncles_hash", 32),
    ("fee_recipient", 20),
    ("state_root", 32),
    ("transactions_root", 32),
    ("receipts_root", 32),
    ("logs_bloom", 256),
    ("difficulty", 0),
    ("number", 0),
    ("gas_limit", 0),
    ("gas_used", 0),
    ("timestamp", 0),
    ("extra_data", -1),
    ("prev_randao", 32),
    ("nonce", 8),
    ("base_fee_per_gas", 0),
    ("withdrawals_root", 32),
    ("blob_gas_used", 0),
    ("excess_blob_gas", 0),
    ("parent_beacon_block_root", 32),
)
_WIDE = frozenset({"difficulty", "base_fee_per_gas"})


def decode_header(data: bytes) -> Header:
    """Decode canonical bytes; BadHeaderError names the field that breaks the form."""
    try:
        items = decode_list(data, len(_LAYOUT))
        values: dict[str, Any] = {}
        for (name, size), item in zip(_LAYOUT, items, strict=True):
            if size > 0:
                values[name] = decode_fixed(item, name, size)
            elif size == 0:
                values[name] = decode_int(item, name, 1 << 256 if name in _WIDE else UINT64)
            else:
                values[name] = decode_fixed(item, name, *range(33))
    except BadRlpError as error:
        raise BadHeaderError(f"header: {error.detail}") from error
    return Header(**values)
