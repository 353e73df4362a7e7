"""Which versions of the rule contracts are in force."""

from dataclasses import dataclass

from ledger.ports import StateView
from ledger.primitives import Address
from ledger.reading import read
from ledger.system import SystemContract

RULES = (
    SystemContract.BALLOTS,
    SystemContract.ALLOCATION,
    SystemContract.EQUAL_SHARES,
    SystemContract.TREASURY,
)


@dataclass(frozen=True, slots=True)
class Contracts:
    """Addresses of the rule contracts in force. Record contracts never move: `SystemContract` has theirs."""

    ballots: Address
    allocation: Address
    equal_shares: Address
    treasury: Address

    def by_name(self) -> dict[str, Address]:
        """The same by contract name."""
        return dict(zip((kind.contract_name for kind in RULES), self._all(), strict=True))

    def _all(self) -> tuple[Address, ...]:
        return self.ballots, self.allocation, self.equal_shares, self.treasury


def load_contracts(state: StateView) -> Contracts:
    """Ask Directory. Four calls."""
    found = []
    for kind in RULES:
        name = kind.contract_name.encode("ascii").ljust(32, b"\0")
        (address,) = read(state, SystemContract.DIRECTORY, "resolve", name)
        found.append(Address(address))
    return Contracts(*found)
