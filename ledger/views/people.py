"""How many people a ledger has, and who holds a duty."""

from dataclasses import dataclass

from ledger.founding.constitution import Duty
from ledger.ports import StateView
from ledger.primitives import Address, Gas
from ledger.reading import read
from ledger.system import SystemContract


@dataclass(frozen=True, slots=True)
class PeopleView:
    """Shape   `members`: shares that stand; `ended`: shares that ended; `seats`: seats on the roll."""

    members: int
    ended: int
    seats: int


@dataclass(frozen=True, slots=True)
class DutyView:
    """An account that holds duties. Units: `quota` in gas a block."""

    account: Address
    duties: tuple[Duty, ...]
    quota: Gas


def load_people(state: StateView) -> PeopleView:
    """Count members and seats."""
    (active,) = read(state, SystemContract.MEMBERSHIP, "active")
    (issued,) = read(state, SystemContract.MEMBERSHIP, "issued")
    (seats,) = read(state, SystemContract.ROLL, "count")
    return PeopleView(active, issued - active, seats)


def load_duties(state: StateView) -> list[DutyView]:
    """Everybody who holds a duty, in the order of Permissions."""
    (count,) = read(state, SystemContract.PERMISSIONS, "account_count")
    views = []
    for index in range(count):
        (account,) = read(state, SystemContract.PERMISSIONS, "accounts", index)
        mask, quota = read(state, SystemContract.PERMISSIONS, "duty_of", account)
        duties = tuple(duty for duty in Duty if mask & duty.mask)
        views.append(DutyView(Address(account), duties, Gas(quota)))
    return views
