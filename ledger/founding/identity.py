"""A ledger's identity: the founding hash, and the chain id that follows from it (formats.md, 1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, keccak256
from ledger.tagged import hash_words, tag_of

FOUNDING_TAG = tag_of("ortaq/founding/1")
CHAIN_ID_BITS = 48


@dataclass(frozen=True, slots=True)
class FoundingKey:
    """A duty and the address that holds it from genesis on. `duty`: at most 32 ASCII letters."""

    duty: str
    address: Address

    def encode(self) -> bytes:
        """Two words: the duty, zero-padded on the right; the address, zero-padded on the left."""
        duty = self.duty.encode("ascii")
        if not 0 < len(duty) <= 32:
            raise BadInputError(f"duty: {self.duty!r}, expected 1 to 32 ASCII letters")
        return duty.ljust(32, b"\0") + self.address.rjust(32, b"\0")


def founding_hash(text: bytes, keys: Sequence[FoundingKey], nonce: bytes) -> Hash32:
    """Hash of founding text (as in the file), keys (ascending by their bytes) and nonce (32 random bytes)."""
    if len(nonce) != 32:
        raise BadInputError(f"nonce: {len(nonce)} bytes, expected 32")
    encoded = sorted(key.encode() for key in keys)
    return hash_words(FOUNDING_TAG, keccak256(text), keccak256(b"".join(encoded)), nonce)


def chain_id_of(founding: Hash32) -> int:
    """The first 48 bits of the founding hash: another text, key or nonce is another chain for every signature."""
    return int.from_bytes(founding[: CHAIN_ID_BITS // 8], "big")
