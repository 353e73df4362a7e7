"""Admission: which transactions may stand in a block, checked by everybody who takes one (formats.md, 7)."""

from collections import defaultdict
from copy import copy
from typing import Protocol, Self

from ledger.chain.transaction import Transaction
from ledger.primitives import Address, Gas

DEPLOYER = 1 << 4
"""Bit of the duty that may create contracts, in the mask that Permissions keeps."""


class PermissionsReader(Protocol):
    """What `Permissions` says after the parent block."""

    def duty_of(self, account: Address) -> tuple[int, Gas]:
        """(mask of duties, quota of gas a block); zeros for nobody in particular."""
        ...

    def entry_bound(self, account: Address, selector: bytes) -> Gas:
        """Gas bound of a self-authenticating entry, 0 where it is none."""
        ...


class Admission:
    """The rule for one block. Give it the transactions in block order; it adds up quotas.

    Shape   `permissions`: as of the parent block. Reasons are sentences for the sender.
    Source  formats.md, 7: a sender with a duty within its quota, or a self-authenticating entry that accepted.
    """

    def __init__(self, permissions: PermissionsReader) -> None:
        self._permissions = permissions
        self._used: defaultdict[Address, int] = defaultdict(int)

    def refuse_before(self, transaction: Transaction) -> str | None:
        """The reason to leave the transaction out, known before it runs."""
        # First, for most are entries, and each has a sender of its own whose duty would have to be looked up.
        if self._is_entry(transaction):
            return None
        mask, quota = self._permissions.duty_of(transaction.sender)
        if transaction.to is None and not mask & DEPLOYER:
            return "admission: only a deployer, appointed by ballot, creates contracts"
        if not mask:
            return "admission: the sender holds no duty, and this is no entry that anyone may call"
        used = self._used[transaction.sender]
        if used + transaction.gas_limit > quota:
            return f"admission: {transaction.gas_limit} gas over the {quota} a block of this sender, {used} used"
        return None

    def refuse_after(self, transaction: Transaction, success: bool) -> str | None:
        """The reason to take the transaction back, known from its receipt; None counts its quota."""
        if self._is_entry(transaction):
            return None if success else "admission: nothing in it was accepted (reverted)"
        self._used[transaction.sender] += transaction.gas_limit
        return None

    def supposing(self) -> Self:
        """See `ledger.ports.BlockAdmission`: with a sum of quotas of its own."""
        other = copy(self)
        other._used = self._used.copy()
        return other

    def _is_entry(self, transaction: Transaction) -> bool:
        if transaction.to is None or len(transaction.data) < 4:
            return False
        bound = self._permissions.entry_bound(transaction.to, transaction.data[:4])
        return 0 < transaction.gas_limit <= bound
