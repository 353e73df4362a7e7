"""The Merkle tree of RFC 6962 over SHA-256, as CometBFT hashes headers and validator sets with it."""

from collections.abc import Sequence
from hashlib import sha256

from ledger.primitives import Hash32


def tree_root(items: Sequence[bytes]) -> Hash32:
    """The root over items in their order; over none, the hash of nothing."""
    if not items:
        return Hash32(sha256().digest())
    if len(items) == 1:
        return Hash32(sha256(b"\x00" + items[0]).digest())
    split = 1 << (len(items) - 1).bit_length() - 1
    return Hash32(sha256(b"\x01" + tree_root(items[:split]) + tree_root(items[split:])).digest())
