"""Validators and how their power is spread: what contracts/access/validators.vy does, stated once more."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from ledger.errors import BadInputError
from ledger.primitives import Address

MAX_VALIDATORS = 200
POWER_LIMIT = 2**60
"""The sum of all powers stays below."""
ORGANISATIONS = 4
"""From how many organisations on none may reach a third of the power."""
ENDPOINT_LENGTH = 128


class ValidatorError(BadInputError):
    """A validator that the ledger refuses, or that it does not have."""

    type = "validator"


@dataclass(frozen=True, slots=True)
class Validator:
    """Shape   `key`: Ed25519, 32 bytes; `organisation`: a name in 32 bytes; `endpoint`: where its peers dial it.

    Errors  ValidatorError.
    """

    key: bytes
    power: int
    organisation: bytes
    endpoint: str = ""

    def __post_init__(self) -> None:
        if len(self.key) != 32 or not any(self.key):
            raise ValidatorError(f"validator key: 0x{self.key.hex()}, expected 32 bytes that are not zero")
        if not 0 < self.power < POWER_LIMIT:
            raise ValidatorError(f"validator power: {self.power}, expected 1 to {POWER_LIMIT - 1}")
        if len(self.organisation) != 32 or not any(self.organisation):
            raise ValidatorError(f"organisation: 0x{self.organisation.hex()}, expected 32 bytes that are not zero")
        if len(self.endpoint.encode()) > ENDPOINT_LENGTH:
            raise ValidatorError(f"endpoint: {len(self.endpoint.encode())} bytes, expected at most {ENDPOINT_LENGTH}")

    @property
    def address(self) -> Address:
        """The consensus address."""
        return consensus_address(self.key)

    @property
    def organisation_name(self) -> str:
        """The organisation as people read it; a ballot may have named any bytes."""
        return self.organisation.rstrip(b"\0").decode("utf-8", "replace")


def consensus_address(key: bytes) -> Address:
    """The first 20 bytes of the SHA-256 of an Ed25519 key."""
    return Address(sha256(key).digest()[:20])


def organisation_powers(validators: Iterable[Validator]) -> Counter[bytes]:
    """Power by organisation."""
    powers: Counter[bytes] = Counter()
    for validator in validators:
        powers[validator.organisation] += validator.power
    return powers


def has_third(validators: Iterable[Validator]) -> bool:
    """Whether some organisation holds a third of the power or more."""
    powers = organisation_powers(validators)
    return any(3 * power >= powers.total() for power in powers.values())


def is_balanced(validators: Iterable[Validator]) -> bool:
    """Whether no organisation of four or more could stop the others: none holds a third or more."""
    listed = list(validators)
    return len(organisation_powers(listed)) >= ORGANISATIONS and not has_third(listed)


class Validators:
    """The validators of a ledger. Errors: ValidatorError; what is refused changes nothing."""

    def __init__(self, founding: Iterable[Validator] = ()) -> None:
        self._by_address: dict[Address, Validator] = {}
        for validator in founding:
            if validator.address in self._by_address:
                raise ValidatorError(f"validator 0x{validator.key.hex()}: twice, expected once")
            self._by_address[validator.address] = validator
        self._keep(self._by_address, is_gain=True)

    @property
    def listed(self) -> tuple[Validator, ...]:
        """All, ascending by consensus address."""
        return tuple(self._by_address[address] for address in sorted(self._by_address))

    def find(self, key: bytes) -> Validator | None:
        return self._by_address.get(consensus_address(key))

    def add(self, validator: Validator) -> None:
        """List a validator that is not listed."""
        if validator.address in self._by_address:
            raise ValidatorError(f"validator 0x{validator.key.hex()}: listed already, expected a new one")
        self._keep({**self._by_address, validator.address: validator}, is_gain=True)

    def set(self, validator: Validator) -> None:
        """Replace what is known of a validator."""
        old = self._require(validator.key)
        is_gain = validator.power > old.power or validator.organisation != old.organisation
        self._keep({**self._by_address, validator.address: validator}, is_gain=is_gain)

    def remove(self, key: bytes) -> None:
        """Take a validator off the list."""
        del self._by_address[self._require(key).address]

    def _require(self, key: bytes) -> Validator:
        found = self.find(key)
        if found is None:
            raise ValidatorError(f"validator 0x{key.hex()}: not listed, expected one that is")
        return found

    def _keep(self, changed: dict[Address, Validator], *, is_gain: bool) -> None:
        """Take a changed list over, if it is one that may be."""
        validators = list(changed.values())
        total = sum(validator.power for validator in validators)
        if len(validators) > MAX_VALIDATORS or total >= POWER_LIMIT:
            raise ValidatorError(
                f"validators: {len(validators)} with power {total}, expected at most {MAX_VALIDATORS}, below 2^60"
            )
        if is_gain and len(organisation_powers(validators)) >= ORGANISATIONS and has_third(validators):
            raise ValidatorError(
                "organisations: one would hold a third of the power or more, expected less from four on"
            )
        self._by_address = changed
