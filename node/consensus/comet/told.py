"""What CometBFT was told about transactions: after each of its blocks it asks again about every one that waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.chain.transaction import Transaction
from ledger.primitives import Gas

BLOCKS_HELD = 2
LEAST_HELD = 1_000
LEAST_BYTES_HELD = 1 << 20
"""CometBFT should hold so many times what the last blocks did, and at least so many transactions and bytes. After each
of its blocks it asks again about each; in the node's own mempool they wait for nothing."""
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
        self._bytes = 0
        self._block_count = self._block_bytes = 0
        self._head = 0
        self._doubts = 0

    @property
    def has_room(self) -> bool:
        """Whether CometBFT holds less than it should, so that the next blocks are full."""
        return len(self._answers) < max(LEAST_HELD, BLOCKS_HELD * self._block_count) and self._bytes < max(
            LEAST_BYTES_HELD, BLOCKS_HELD * self._block_bytes
        )

    def note(self, transaction: Transaction) -> None:
        """CometBFT asked, and is told that the transaction may wait."""
        self.forget(transaction.raw)
        self._answers[transaction.raw] = _Answer(transaction, self._head, self._doubts)
        self._bytes += len(transaction.raw)

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

    def find(self, raw: bytes) -> Transaction | None:
        """The transaction, if CometBFT was told of it."""
        answer = self._answers.get(raw)
        return None if answer is None else answer.transaction

    def doubt(self) -> None:
        """Something has changed that may concern any of them: they are to be looked at again."""
        self._doubts += 1

    def forget(self, raw: bytes) -> bool:
        """True where CometBFT was told of it."""
        if self._answers.pop(raw, None) is None:
            return False
        self._bytes -= len(raw)
        return True

    def forget_all(self) -> None:
        """CometBFT holds none any more."""
        self._answers.clear()
        self._bytes = 0

    def on_head(self, raws: Sequence[bytes]) -> None:
        """A block with these became the head: CometBFT holds them no longer."""
        self._head += 1
        # A small block after large ones, half a moment early, says little of the next.
        self._block_count = max(len(raws), self._block_count // 2)
        self._block_bytes = max(sum(map(len, raws)), self._block_bytes // 2)
        for raw in raws:
            self.forget(raw)

    def unasked(self) -> list[Transaction]:
        """Those that CometBFT does not ask about any more."""
        oldest = self._head - GONE_AFTER
        return [answer.transaction for answer in self._answers.values() if answer.head < oldest]
