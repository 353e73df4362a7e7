"""What transactions before it in a block leave to a transaction: nonces and balances, as far as they show from here."""

from collections.abc import Iterable
from typing import Protocol

from ledger.chain.transaction import Transaction
from ledger.primitives import Address


class AccountSource(Protocol):
    """The accounts after the parent block."""

    def nonce(self, address: Address) -> int: ...

    def balance(self, address: Address) -> int: ...

    def fetch_nonces(self, senders: Iterable[Address]) -> None:
        """Make ready for many questions."""
        ...

    def fetch_balances(self, addresses: Iterable[Address]) -> None: ...


class RunningAccounts:
    """Nonces and balances in the middle of a block, from the parent's state and the transactions applied so far."""

    def __init__(self, source: AccountSource) -> None:
        self._source = source
        self._nonces: dict[Address, int] = {}
        self._has_moved = False

    def copy(self) -> "RunningAccounts":
        other = RunningAccounts(self._source)
        other._nonces = dict(self._nonces)
        other._has_moved = self._has_moved
        return other

    def refuse(self, transaction: Transaction) -> str | None:
        """The reason why it cannot run next; None also where only its execution can tell.

        As long as nobody moved money in this block, balances are the parent's. Afterwards geth has to judge.
        """
        expected = self._nonces.get(transaction.sender)
        if expected is None:
            expected = self._source.nonce(transaction.sender)
        if transaction.nonce != expected:
            return f"nonce: found {transaction.nonce}, expected {expected}"
        cost = cost_of(transaction)
        if cost and not self._has_moved:
            balance = self._source.balance(transaction.sender)
            if balance < cost:
                return f"balance: found {balance}, expected at least {cost}"
        return None

    def apply(self, transaction: Transaction) -> None:
        self._nonces[transaction.sender] = transaction.nonce + 1
        if cost_of(transaction):
            self._has_moved = True


def cost_of(transaction: Transaction) -> int:
    """What the sender must own before it runs."""
    return transaction.value + transaction.gas_limit * transaction.max_fee_per_gas


def price_of(transaction: Transaction) -> int:
    """Paid for each unit of gas; the base fee is 0."""
    return min(transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas)
