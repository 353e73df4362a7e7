"""The names and versions of the ledger's contracts: what contracts/access/Directory.vy does, stated once more."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ledger.access.authority import Effect, validate_effect
from ledger.errors import BadInputError
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp
from ledger.system import SystemContract
from ledger.voting.question import EffectKind

FIRST_RULE = 17
"""Contracts of a lower number hold records and never move."""
NEVER = Timestamp(0)
"""As `until` of a version in force."""
_UINT64 = 2**64 - 1


class DirectoryError(BadInputError):
    """A version that the Directory refuses."""

    type = "directory"


@dataclass(frozen=True, slots=True)
class Version:
    """An address in the Directory.

    Shape   `number`: of the contract (formats.md, 2); `version` from 1; `until` 0: in force.
    """

    number: int
    version: int
    since: Timestamp
    until: Timestamp = NEVER

    @property
    def word(self) -> int:
        return self.number << 192 | self.version << 128 | self.since << 64 | self.until

    @classmethod
    def from_word(cls, word: int) -> "Version | None":
        """Read a storage word; None for an address that is no contract of the ledger."""
        if not word:
            return None
        since, until = Timestamp((word >> 64) & _UINT64), Timestamp(word & _UINT64)
        return cls(word >> 192, (word >> 128) & _UINT64, since, until)

    def is_authority(self, now: Timestamp) -> bool:
        """Whether what this address calls counts as the effect of a ballot at a time."""
        return self.number == SystemContract.BALLOTS and (self.until == 0 or now < self.until)


class Directory:
    """Names, numbers and versions.

    Errors  AuthorityError, DirectoryError; what is refused changes nothing.
    """

    def __init__(self, listings: Iterable[tuple[str, int, Address]], now: Timestamp) -> None:
        self.numbers: dict[str, int] = {}
        self.current: dict[int, Address] = {}
        self.versions: dict[Address, Version] = {}
        for name, number, account in listings:
            self._introduce(name, number, account, now)
        if SystemContract.BALLOTS not in self.current:
            raise DirectoryError("directory: no Ballots among the founding contracts")

    def resolve(self, name: str) -> Address:
        return self.current.get(self.numbers.get(name, 0), ZERO_ADDRESS)

    def is_authority(self, account: Address, now: Timestamp) -> bool:
        version = self.versions.get(account)
        return version is not None and version.is_authority(now)

    def install(
        self, effect: Effect | None, name: str, account: Address, grace: int, now: Timestamp, has_code: bool
    ) -> None:
        """A new version of a rule contract; the old one stays in authority for `grace` seconds."""
        validate_effect(effect, EffectKind.ENTRENCHED)
        number = self.numbers.get(name)
        if number is None or number < FIRST_RULE:
            raise DirectoryError(f"directory: name {name!r}, expected a contract of rules")
        self._validate(account, has_code)
        until = Timestamp(now + grace)
        if until > _UINT64:
            raise DirectoryError(f"directory: grace {grace}, expected an end below 2^64")
        old = self.current[number]
        self.versions[old] = replace(self.versions[old], until=until)
        self.versions[account] = Version(number, self.versions[old].version + 1, now)
        self.current[number] = account

    def introduce(
        self, effect: Effect | None, name: str, number: int, account: Address, now: Timestamp, has_code: bool
    ) -> None:
        """A rule contract under a new name, as its version 1."""
        validate_effect(effect, EffectKind.ENTRENCHED)
        if number < FIRST_RULE:
            raise DirectoryError(f"directory: number {number}, expected {FIRST_RULE} or more")
        self._validate(account, has_code)
        self._introduce(name, number, account, now)

    def _introduce(self, name: str, number: int, account: Address, now: Timestamp) -> None:
        if not name or name in self.numbers:
            raise DirectoryError(f"directory: name {name!r}, expected one not in use")
        if not number or number in self.current:
            raise DirectoryError(f"directory: number {number}, expected one not in use")
        self._validate(account, has_code=True)
        self.numbers[name] = number
        self.current[number] = account
        self.versions[account] = Version(number, 1, now)

    def _validate(self, account: Address, has_code: bool) -> None:
        if not has_code or account == ZERO_ADDRESS or account in self.versions:
            raise DirectoryError(f"directory: 0x{account.hex()}, expected a contract that never was a version")
