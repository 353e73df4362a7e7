"""A validator set: keys and powers, in CometBFT's order, without what only its scheduling needs."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from ledger.primitives import Address, Hash32
from ledger.proofs.comet.ed25519 import KEY_LENGTH
from ledger.proofs.comet.merkle import tree_root
from ledger.proofs.comet.wire import (
    CommitError,
    bytes_field,
    message_field,
    number_field,
    validate_length,
    validate_range,
)

MAX_VALIDATORS = 200
POWER_LIMIT = 1 << 60
"""The sum of all powers stays below."""


@dataclass(frozen=True)
class Validator:
    """An Ed25519 key and its power. Errors: CommitError."""

    key: bytes
    power: int

    def __post_init__(self) -> None:
        validate_length("validator key", self.key, KEY_LENGTH)
        validate_range("validator power", self.power, 1, POWER_LIMIT)

    @cached_property
    def address(self) -> Address:
        """The consensus address."""
        return Address(sha256(self.key).digest()[:20])

    def encode(self) -> bytes:
        """`SimpleValidator`."""
        return message_field(1, bytes_field(1, self.key)) + number_field(2, self.power)


@dataclass(frozen=True)
class ValidatorSet:
    """All validators of one height.

    Shape   1 to 200, by power, highest first, then by address ascending; no key twice; powers together below 2^60.
    Errors  CommitError for any other.
    """

    validators: tuple[Validator, ...]

    def __post_init__(self) -> None:
        validate_range("validators", len(self.validators), 1, MAX_VALIDATORS + 1)
        if len({validator.address for validator in self.validators}) != len(self.validators):
            raise CommitError("validators: one of them twice, expected each once")
        if list(self.validators) != sorted(self.validators, key=_place):
            raise CommitError("validators: in another order, expected by power, highest first, then by address")
        validate_range("total power", self.total_power, 1, POWER_LIMIT)

    @cached_property
    def total_power(self) -> int:
        return sum(validator.power for validator in self.validators)

    @cached_property
    def hash(self) -> Hash32:
        """The `validators_hash` of a header."""
        return tree_root([validator.encode() for validator in self.validators])

    @property
    def members(self) -> tuple[tuple[Address, int], ...]:
        """Address and power of each, as a ledger's sealer set has them."""
        return tuple((validator.address, validator.power) for validator in self.validators)


def _place(validator: Validator) -> tuple[int, bytes]:
    return -validator.power, validator.address
