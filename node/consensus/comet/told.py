"""What CometBFT was told about transactions: after each of its blocks it asks again about every one that waits."""

from dataclasses import dataclass

from ledger.chain.transaction import Transaction
from ledger.primitives import Gas

GONE_AFTER = 2
"""Heads after which a transaction that CometBFT no longer asks about is taken for dropped by it."""


@dataclass(slots=True)
class _Answer:
    """Units   `head`: heads that had come when CometBFT asked last; `doubts`: doubts that had when it was told."""

    transaction: Transaction
    head: int
    doubts: int


class Told:
    """The transactions that CometBFT was told may wait, by their bytes. One thread at a time."""

    def __init__(self) -> None:
        self._answers: dict[bytes, _Answer] = {}
        self._head = 0
        self._doubts = 0

    def note(self, transaction: Transaction) -> None:
        """CometBFT asked, and is told that the transaction may wait."""
        self._answers[transaction.raw] = _Answer(transaction, self._head, self._doubts)

    def holds(self, raw: bytes) -> bool:
        """Whether what was told of a transaction holds still."""
        answer = self._answers.get(raw)
        return answer is not None and answer.doubts == self._doubts

    def again(self, raw: bytes) -> Gas | None:
        """CometBFT asks again: the gas limit of a transaction of which nothing has changed, None of any other."""
        if not self.holds(raw):
            return None
        answer = self._answers[raw]
        answer.head = self._head
        return answer.transaction.gas_limit

    def doubt(self) -> None:
        """Something has changed that may concern any of them: they are to be looked at again."""
        self._doubts += 1

    def forget(self, raw: bytes) -> bool:
        """True where CometBFT was told of it."""
        return self._answers.pop(raw, None) is not None

    def on_head(self) -> None:
        self._head += 1

    def unasked(self) -> list[Transaction]:
        """Those that CometBFT does not ask about any more."""
        oldest = self._head - GONE_AFTER
        return [answer.transaction for answer in self._answers.values() if answer.head < oldest]
