"""Duties and self-authenticating entries: what contracts/access/Permissions.vy does, stated once more."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.access.authority import Effect, validate_effect
from ledger.errors import BadInputError
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_ADDRESS, Address, Gas
from ledger.voting.question import EffectKind

ALL_DUTIES = sum(duty.mask for duty in Duty)
TRANSACTION_GAS = Gas(2**24)
"""Most gas that a transaction may ask for, so the most that an entry's bound can mean."""
_PERSONNEL = (EffectKind.PERMISSION, EffectKind.ENTRENCHED)


class PermissionsError(BadInputError):
    """A duty or entry that Permissions refuses."""

    type = "permissions"


@dataclass(frozen=True, slots=True)
class Appointment:
    """Duties of an account as a mask, and the gas a block that its transactions may ask for."""

    mask: int
    quota: Gas

    def __post_init__(self) -> None:
        if not 0 < self.mask <= ALL_DUTIES or not 0 < self.quota < 2**64:
            raise PermissionsError(f"appointment: duties {self.mask:#b}, quota {self.quota}, expected neither empty")

    @property
    def word(self) -> int:
        return self.mask << 64 | self.quota

    @classmethod
    def from_word(cls, word: int) -> "Appointment | None":
        """Read a storage word; None for an account without duties."""
        return cls(word >> 64, Gas(word & (2**64 - 1))) if word else None


def duty_slot(account: Address) -> int:
    """Where Permissions keeps the duties of an account."""
    return 2**160 + int.from_bytes(account, "big")


def entry_slot(account: Address, selector: bytes) -> int:
    """Where Permissions keeps the gas bound of an entry."""
    return 2**192 + (int.from_bytes(account, "big") << 32 | int.from_bytes(selector, "big"))


class Permissions:
    """Who may do what.

    Errors  AuthorityError, PermissionsError; what is refused changes nothing.
    """

    def __init__(
        self,
        appointments: Iterable[tuple[Address, Appointment]],
        entries: Iterable[tuple[Address, bytes, Gas]],
    ) -> None:
        self.duties: dict[Address, Appointment] = {}
        self.entries: dict[tuple[Address, bytes], Gas] = {}
        for account, appointment in appointments:
            if account in self.duties:
                raise PermissionsError(f"appointments: 0x{account.hex()} twice, expected once")
            self._appoint(account, appointment)
        for account, selector, bound in entries:
            if bound == 0 or (account, selector) in self.entries:
                raise PermissionsError(f"entries: 0x{selector.hex()} with bound {bound}, expected each once with one")
            self._list(account, selector, bound)

    def duty_of(self, account: Address) -> tuple[int, Gas]:
        appointment = self.duties.get(account)
        return (appointment.mask, appointment.quota) if appointment else (0, Gas(0))

    def entry_bound(self, account: Address, selector: bytes) -> Gas:
        return self.entries.get((account, selector), Gas(0))

    def appoint(self, effect: Effect | None, account: Address, appointment: Appointment) -> None:
        """Give an account exactly these duties."""
        validate_effect(effect, *_PERSONNEL)
        self._appoint(account, appointment)

    def dismiss(self, effect: Effect | None, account: Address) -> None:
        """Take all duties from an account."""
        validate_effect(effect, *_PERSONNEL)
        if account not in self.duties:
            raise PermissionsError(f"dismissal: 0x{account.hex()} holds no duty, expected one that does")
        del self.duties[account]

    def list_entry(self, effect: Effect | None, account: Address, selector: bytes, bound: Gas) -> None:
        """List an entry or change its bound; 0 removes it."""
        validate_effect(effect, EffectKind.ENTRENCHED)
        if bound:
            self._list(account, selector, bound)
            return
        if (account, selector) not in self.entries:
            raise PermissionsError(f"entry: 0x{selector.hex()} is not listed, expected one to remove")
        del self.entries[account, selector]

    def _appoint(self, account: Address, appointment: Appointment) -> None:
        _validate_account(account)
        self.duties[account] = appointment

    def _list(self, account: Address, selector: bytes, bound: Gas) -> None:
        _validate_account(account)
        if bound > TRANSACTION_GAS:
            raise PermissionsError(f"entry: bound {bound}, expected at most {TRANSACTION_GAS}")
        self.entries[account, selector] = bound


def _validate_account(account: Address) -> None:
    if account == ZERO_ADDRESS:
        raise PermissionsError("account: zero, expected one that has a key or code")
