"""The mempool: transactions that wait for a block, in the order in which they came."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ledger.chain.transaction import Transaction
from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32


class MempoolError(BadInputError):
    """A transaction that the mempool does not take; `detail` says why."""

    type = "transaction-refused"


@dataclass(frozen=True, slots=True)
class MempoolLimits:
    """Units   transactions; bytes of all of them together; `remembered`: refusals whose reasons are kept."""

    transactions: int = 20_000
    total_bytes: int = 256 * 2**20
    remembered: int = 10_000


class Nonces(Protocol):
    """Where the next nonces of senders are known: a state."""

    def nonce(self, address: Address) -> int: ...


class Mempool:
    """Waiting transactions, and why others were refused.

    A transaction whose nonce leaves a gap waits until the gap is filled. A second one of the same sender and nonce is
    refused: nothing is paid here that could rank the two.
    """

    def __init__(self, limits: MempoolLimits | None = None) -> None:
        self._limits = limits or MempoolLimits()
        self._waiting: OrderedDict[Hash32, Transaction] = OrderedDict()
        self._by_nonce: dict[tuple[Address, int], Hash32] = {}
        self._refused: OrderedDict[Hash32, str] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Hash32]:
        return iter(self._waiting)

    def __contains__(self, transaction_hash: object) -> bool:
        return transaction_hash in self._waiting

    def get(self, transaction_hash: Hash32) -> Transaction | None:
        return self._waiting.get(transaction_hash)

    def waiting(self) -> list[Transaction]:
        """All transactions, in the order in which they came."""
        return list(self._waiting.values())

    def has_nonce(self, sender: Address, nonce: int) -> bool:
        """True where a transaction of this sender and nonce is waiting."""
        return (sender, nonce) in self._by_nonce

    def has_rival(self, transaction: Transaction) -> bool:
        """True where another transaction of its sender and nonce is waiting."""
        return self._by_nonce.get((transaction.sender, transaction.nonce), transaction.hash) != transaction.hash

    def add(self, transaction: Transaction, state: Nonces) -> None:
        """Take a decoded transaction; the same one again changes nothing.

        Errors  MempoolError for a used nonce, a second transaction of one nonce, a full mempool.
        """
        if transaction.hash in self._waiting:
            return
        expected = state.nonce(transaction.sender)
        if transaction.nonce < expected:
            raise MempoolError(f"nonce: {transaction.nonce}, expected at least {expected}", nonce=transaction.nonce)
        slot = (transaction.sender, transaction.nonce)
        if slot in self._by_nonce:
            raise MempoolError(f"nonce: {transaction.nonce} of this sender is waiting already", nonce=transaction.nonce)
        size = self._bytes + len(transaction.raw)
        if len(self._waiting) >= self._limits.transactions or size > self._limits.total_bytes:
            raise MempoolError(f"mempool: full with {len(self._waiting)} transactions, try again later")
        self._waiting[transaction.hash] = transaction
        self._by_nonce[slot] = transaction.hash
        self._bytes = size
        self._refused.pop(transaction.hash, None)

    def take(self, state: Nonces) -> list[Transaction]:
        """What could go into the next block: by arrival, each sender's nonces without a gap. Nothing is removed."""
        ready: list[Transaction] = []
        later: defaultdict[Address, dict[int, Transaction]] = defaultdict(dict)
        expected: dict[Address, int] = {}
        for transaction in self._waiting.values():
            sender = transaction.sender
            nonce = expected.setdefault(sender, state.nonce(sender))
            if transaction.nonce != nonce:
                later[sender][transaction.nonce] = transaction
                continue
            ready.append(transaction)
            nonce += 1
            while (following := later[sender].pop(nonce, None)) is not None:
                ready.append(following)
                nonce += 1
            expected[sender] = nonce
        return ready

    def remove(self, hashes: Iterable[Hash32]) -> None:
        """Forget transactions that stand in a block."""
        for transaction_hash in hashes:
            transaction = self._waiting.pop(transaction_hash, None)
            if transaction is not None:
                del self._by_nonce[transaction.sender, transaction.nonce]
                self._bytes -= len(transaction.raw)

    def refuse(self, transaction_hash: Hash32, reason: str) -> None:
        """Take a transaction out and keep the reason for whoever asks."""
        self.remove([transaction_hash])
        self._refused[transaction_hash] = reason
        while len(self._refused) > self._limits.remembered:
            self._refused.popitem(last=False)

    def reason(self, transaction_hash: Hash32) -> str | None:
        """Why a transaction was refused, if it was not long ago."""
        return self._refused.get(transaction_hash)
