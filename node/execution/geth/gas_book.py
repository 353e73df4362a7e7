"""What calls used lately, so that a block is neither tried far too full nor left half empty."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from ledger.chain.transaction import Transaction
from ledger.primitives import Address

KEPT_KINDS = 4_096
LARGE_GAS = 1_000_000
"""From so much on a few wrong guesses would make a block that takes many seconds."""

_Kind = tuple[Address | None, bytes]


class GasBook:
    """Gas used by kind of call: contract and selector."""

    def __init__(self) -> None:
        self._used: OrderedDict[_Kind, int] = OrderedDict()

    def knows(self, transaction: Transaction) -> bool:
        return _kind(transaction) in self._used

    def predict(self, transaction: Transaction) -> int:
        """Gas it may use: as others of its kind lately. One of an unknown kind is believed where it asks for much, and
        taken for twice what it must pay where not.
        """
        used = self._used.get(_kind(transaction))
        if used is None:
            is_large = transaction.gas_limit >= LARGE_GAS
            used = transaction.gas_limit if is_large else 2 * transaction.intrinsic_gas
        return max(min(used, transaction.gas_limit), transaction.intrinsic_gas)

    def learn(self, used: Iterable[tuple[Transaction, int]]) -> None:
        """Take note of what the transactions of a trial used: their mean counts as much as all that was known."""
        amounts: defaultdict[_Kind, list[int]] = defaultdict(list)
        for transaction, gas in used:
            amounts[_kind(transaction)].append(gas)
        for kind, found in amounts.items():
            mean = sum(found) // len(found)
            self._used[kind] = (self._used.pop(kind, mean) + mean) // 2
        while len(self._used) > KEPT_KINDS:
            self._used.popitem(last=False)


def _kind(transaction: Transaction) -> _Kind:
    return transaction.to, transaction.data[:4]
