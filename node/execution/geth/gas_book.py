"""What calls used lately, so that a block is neither tried far too full nor left half empty."""

from collections import Counter, OrderedDict
from collections.abc import Iterable

from ledger.chain.transaction import Transaction
from ledger.primitives import Address

KIB = 1_024
KEPT_KINDS = 4_096
LARGE_GAS = 1_000_000
"""From so much on a few wrong guesses would make a block that takes many seconds."""

_Kind = tuple[Address | None, bytes]


class GasBook:
    """Gas used by kind of call: contract and selector, for each KiB of a transaction.

    Calls of a kind differ by size: one carries a ballot, another a batch of hundreds. Taken for alike, a batch that
    comes after single ballots would fill a block a hundred times over.
    """

    def __init__(self) -> None:
        self._used: OrderedDict[_Kind, int] = OrderedDict()

    def knows(self, transaction: Transaction) -> bool:
        return _kind(transaction) in self._used

    def predict(self, transaction: Transaction) -> int:
        """Gas it may use: as others of its kind lately. One of an unknown kind is believed where it asks for much, and
        taken for twice what it must pay where not.
        """
        rate = self._used.get(_kind(transaction))
        if rate is not None:
            used = rate * len(transaction.raw) // KIB
        else:
            is_large = transaction.gas_limit >= LARGE_GAS
            used = transaction.gas_limit if is_large else 2 * transaction.intrinsic_gas
        return max(min(used, transaction.gas_limit), transaction.intrinsic_gas)

    def learn(self, used: Iterable[tuple[Transaction, int]]) -> None:
        """Take note of what the transactions of a trial used: they count as much as all that was known."""
        gas, size = Counter[_Kind](), Counter[_Kind]()
        for transaction, amount in used:
            gas[_kind(transaction)] += amount
            size[_kind(transaction)] += len(transaction.raw)
        for kind, found in gas.items():
            rate = found * KIB // size[kind]
            self._used[kind] = (self._used.pop(kind, rate) + rate) // 2
        while len(self._used) > KEPT_KINDS:
            self._used.popitem(last=False)


def _kind(transaction: Transaction) -> _Kind:
    return transaction.to, transaction.data[:4]
