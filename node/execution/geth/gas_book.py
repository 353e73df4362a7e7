"""What calls used lately, so that a block is neither tried far too full nor left half empty."""

from collections import OrderedDict

from ledger.chain.transaction import Transaction
from ledger.primitives import Address

KEPT_KINDS = 4_096
FORGETTING = 16
"""A kind of call that uses less than before is believed to a sixteenth each time."""

_Kind = tuple[Address | None, bytes]


class GasBook:
    """Gas used by kind of call: contract and selector."""

    def __init__(self) -> None:
        self._used: OrderedDict[_Kind, int] = OrderedDict()

    def knows(self, transaction: Transaction) -> bool:
        return _kind(transaction) in self._used

    def predict(self, transaction: Transaction) -> int:
        """Gas it may use: as the last of its kind, else its limit or twice what it must pay, whichever is less."""
        used = self._used.get(_kind(transaction), 2 * transaction.intrinsic_gas)
        return max(min(used, transaction.gas_limit), transaction.intrinsic_gas)

    def learn(self, transaction: Transaction, used: int) -> None:
        kind = _kind(transaction)
        before = self._used.pop(kind, 0)
        self._used[kind] = max(used, before - before // FORGETTING)
        if len(self._used) > KEPT_KINDS:
            self._used.popitem(last=False)


def _kind(transaction: Transaction) -> _Kind:
    return transaction.to, transaction.data[:4]
