"""The roll: seats with their keys, the model beside contracts/people/Roll.vy."""

from collections.abc import Sequence
from dataclasses import dataclass

from coincurve import PrivateKey

from ledger.errors import CheckFailedError
from ledger.primitives import ZERO_ADDRESS, Address, Hash32, Timestamp, keccak256, to_word
from ledger.secp256k1 import SignatureError, recover_address, sign_compact

KEY_BITS = 160
RENEWAL_TYPE = keccak256(b"Renewal(uint32 seat,uint256 since,address key)")


class RollError(CheckFailedError):
    """A change that the roll refuses."""

    type = "roll-refuses"


@dataclass(frozen=True, slots=True)
class Entry:
    """Whose a seat is. Units: `since` in seconds."""

    since: Timestamp
    key: Address

    @property
    def word(self) -> int:
        """As the roll stores it: since << 160 | key."""
        return self.since << KEY_BITS | int.from_bytes(self.key, "big")


def decode_entry(word: int) -> Entry | None:
    """Read a word of the roll; None for an empty seat."""
    if not word:
        return None
    return Entry(Timestamp(word >> KEY_BITS), Address((word & (1 << KEY_BITS) - 1).to_bytes(20, "big")))


def renewal_digest(domain: Hash32, seat: int, since: int, key: Address) -> Hash32:
    """What the present key of a seat signs to give it to another key; `since` is the present one, so it holds once."""
    message = keccak256(RENEWAL_TYPE + to_word(seat) + to_word(since) + key.rjust(32, b"\0"))
    return keccak256(b"\x19\x01" + domain + message)


def sign_renewal(domain: Hash32, seat: int, since: int, key: Address, by: PrivateKey) -> bytes:
    """Sign with the present key. Shape: EIP-2098, 64 bytes."""
    return sign_compact(by, renewal_digest(domain, seat, since, key))


class Roll:
    """Seats from 0, appended by the registrar, moved only by their keys.

    Shape   `domain`: EIP-712 domain of the Roll contract.
    """

    def __init__(self, domain: Hash32) -> None:
        self._domain = domain
        self.entries: list[Entry] = []

    @property
    def count(self) -> int:
        return len(self.entries)

    def word(self, seat: int) -> int:
        """The entry's word; 0 for a seat that was never filled."""
        return self.entries[seat].word if seat < self.count else 0

    def fill(self, keys: Sequence[Address], now: Timestamp, active: int) -> None:
        """Append seats.

        Errors  RollError for no key, a zero key, or more seats than active shares; then nothing is changed.
        """
        if not keys or ZERO_ADDRESS in keys:
            raise RollError(f"keys: {len(keys)} with {keys.count(ZERO_ADDRESS)} zero ones, expected some, none zero")
        if self.count + len(keys) > active:
            raise RollError(f"seats: {self.count + len(keys)}, expected at most {active}, the active shares")
        self.entries += [Entry(now, key) for key in keys]

    def renew(self, seat: int, key: Address, signature: bytes, now: Timestamp) -> None:
        """Give a seat to another key.

        Errors  RollError for an empty seat, a zero key, the same key, or a signature that is not the present key's.
        """
        if seat >= self.count:
            raise RollError(f"seat: {seat}, expected 0 to {self.count - 1}")
        old = self.entries[seat]
        if key in (ZERO_ADDRESS, old.key):
            raise RollError(f"key: {key.hex()}, expected another than zero and the present one")
        try:
            signer = recover_address(renewal_digest(self._domain, seat, old.since, key), signature)
        except SignatureError as error:
            raise RollError(error.detail) from error
        if len(signature) != 64 or signer != old.key:
            raise RollError(f"signature: by {signer.hex()}, expected {old.key.hex()} in 64 bytes")
        self.entries[seat] = Entry(now, key)
