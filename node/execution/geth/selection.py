"""Chooses the transactions of a block when they can only be run together.

geth runs a list as a whole: it names no results while it builds, and one transaction that cannot run fails the list.
So lists are tried. Each trial decides the transactions in order for as long as its results are those that a run without
the refused ones would have; the undecided ones go into the next trial.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.chain.receipt import Receipt, gas_of_each
from ledger.chain.transaction import BadTransactionError, Transaction
from ledger.ports import Block, BlockAdmission, BlockAttributes, Refusal
from node.decoding import decode_once
from node.execution.geth.accounts import AccountSource, RunningAccounts, cost_of, price_of
from node.execution.geth.errors import ExecutorDisagreesError
from node.execution.geth.gas_book import GasBook
from node.execution.rules import BLOCK_FULL, usable_gas

MAX_TRIALS = 8
"""Lists tried for one block. What is undecided then waits for the next: a block must not wait for its worst sender."""
WORTHWHILE = 20
"""Another trial is made only for more room than this part of what a block is to use."""
MARGIN = 40
"""A trial is to use this part less: one transaction too many, and all of it is run again without that."""


@dataclass(slots=True)
class Entry:
    """A transaction with its index in the list that was given; `fault`: why geth does not run it."""

    index: int
    transaction: Transaction
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a transaction in a trial."""

    success: bool
    gas_used: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A list that ran, as a block."""

    block: Block
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A list that did not run: the position in it of the first transaction that cannot, and why."""

    position: int
    reason: str


Runner = Callable[[Sequence[Entry], int], Trial | Fault]
"""Runs a list of which the first so many are known to run."""


class Selection:
    """The transactions of one block in the making. `kept` and `refusals` are decided, the rest is not.

    Units   `room`: gas that there is time for, where that is less than what the rules allow.
    """

    def __init__(
        self,
        raws: Sequence[bytes],
        chain_id: int,
        attributes: BlockAttributes,
        admission: BlockAdmission | None,
        source: AccountSource,
        book: GasBook,
        room: int | None = None,
    ) -> None:
        self.kept: list[Entry] = []
        self.refusals: list[Refusal] = []
        self._raws = raws
        self._chain_id = chain_id
        self._gas_limit = int(attributes.gas_limit)
        self._usable = usable_gas(self._gas_limit)
        self._aim = self._usable if room is None else min(room, self._usable)
        self._admission = admission
        self._source = source
        self._book = book
        self._accounts = RunningAccounts(source)
        self._entries: dict[int, Entry | str] = {}
        self._next = 0
        self._stop_before = len(raws)
        self._gas = 0

    @property
    def is_decided(self) -> bool:
        return self._next == len(self._raws)

    def _propose(self) -> list[Entry]:
        """The next trial: what is kept, then as many undecided ones as probably fit and can run."""
        window = self._window()
        self._source.fetch_nonces(entry.transaction.sender for entry in window)
        costly = [entry.transaction.sender for entry in window if cost_of(entry.transaction)]
        self._source.fetch_balances(costly)
        accounts = self._accounts.copy()
        proposed = list(self.kept)
        for entry in window:
            if accounts.refuse(entry.transaction) is None:
                accounts.apply(entry.transaction)
                proposed.append(entry)
        return proposed

    def choose(self, run: Runner) -> Trial:
        """Try lists until the transactions of the block are chosen; the result is the trial with just these."""
        for _ in range(MAX_TRIALS):
            proposed = self._propose()
            trial = run(proposed, len(self.kept))
            if isinstance(trial, Fault):
                self._blame(proposed[trial.position], trial.reason)
                continue
            self._decide(proposed, trial.receipts)
            if self.is_decided and len(self.kept) == len(proposed):
                return trial
            if self.is_decided:
                break
        self._give_up()
        last = run(self.kept, len(self.kept))
        if isinstance(last, Fault):
            raise ExecutorDisagreesError(f"executor: transactions that ran in one list fail in another: {last.reason}")
        return last

    def _blame(self, entry: Entry, reason: str) -> None:
        """Note what geth says of a transaction: that it cannot run, or that the list ends before it."""
        if reason == BLOCK_FULL:
            self._stop_before = entry.index
        else:
            entry.fault = reason

    def _decide(self, proposed: Sequence[Entry], receipts: Sequence[Receipt]) -> None:
        """Decide on transactions by the receipts of a trial, as far as these tell."""
        results = _results(proposed, receipts)
        self._book.learn((entry.transaction, results[entry.index].gas_used) for entry in proposed)
        while not self.is_decided:
            entry_or_reason = self._entry(self._next)
            if isinstance(entry_or_reason, str):
                self._refuse(entry_or_reason)
            elif not self._decide_one(entry_or_reason, results.get(self._next)):
                return

    def _finish(self) -> None:
        """End the block here."""
        while not self.is_decided:
            self._refuse(BLOCK_FULL)

    def _give_up(self) -> None:
        """End the block with what is kept; what cannot run ever must not come again with the next."""
        while not self.is_decided:
            entry = self._entries.get(self._next)
            reason = entry.fault if isinstance(entry, Entry) else entry
            self._refuse(reason or BLOCK_FULL)

    def _decide_one(self, entry: Entry, result: Result | None) -> bool:
        """Keep or refuse the next transaction; False where this trial tells nothing more."""
        transaction = entry.transaction
        reason = self._refuse_before(entry)
        if reason is None and self._cannot_fit(entry):
            self._finish()
            return True
        reason = reason or entry.fault or self._accounts.refuse(transaction)
        if reason is None and result is None:
            return self._is_little_left(transaction)
        if reason is None and result is not None:
            if self._gas + result.gas_used > self._usable:
                self._finish()
                return True
            reason = self._admission.refuse_after(transaction, result.success) if self._admission is not None else None
            if reason is None:
                self._keep(entry, result.gas_used)
                return True
        self._refuse(reason or BLOCK_FULL)
        # One that failed and paid nothing changed its sender's nonce only, and with it what the sender sent next.
        return result is None or (not result.success and price_of(transaction) == 0)

    def _is_little_left(self, transaction: Transaction) -> bool:
        """End the block where a trial for the sake of this transaction would gain next to nothing."""
        room = self._aim - self._gas
        is_known_not_to_fit = self._book.knows(transaction) and self._book.predict(transaction) > room
        if self.kept and (is_known_not_to_fit or room < self._aim // WORTHWHILE):
            self._finish()
            return True
        return False

    def _window(self) -> list[Entry]:
        """Undecided transactions, as many as probably fit, at least one: those that may stand there if all run."""
        window: list[Entry] = []
        supposed = None if self._admission is None else self._admission.supposing()
        estimate, aim = self._gas, self._aim - self._aim // MARGIN
        for index in range(self._next, self._stop_before):
            entry = self._entry(index)
            if isinstance(entry, str) or entry.fault is not None:
                continue
            gas = self._book.predict(entry.transaction)
            if window and estimate + gas > aim:
                break
            if supposed is not None and (
                supposed.refuse_before(entry.transaction) or supposed.refuse_after(entry.transaction, True)
            ):
                continue
            estimate += gas
            window.append(entry)
        return window

    def _entry(self, index: int) -> Entry | str:
        """A transaction, or the reason why its bytes are none."""
        if index not in self._entries:
            try:
                self._entries[index] = Entry(index, decode_once(self._raws[index], self._chain_id))
            except BadTransactionError as error:
                self._entries[index] = error.detail
        return self._entries[index]

    def _refuse_before(self, entry: Entry) -> str | None:
        return None if self._admission is None else self._admission.refuse_before(entry.transaction)

    def _cannot_fit(self, entry: Entry) -> bool:
        transaction = entry.transaction
        return (
            entry.index >= self._stop_before
            or self._gas + transaction.intrinsic_gas > self._usable
            or self._gas + transaction.gas_limit > self._gas_limit
        )

    def _keep(self, entry: Entry, gas_used: int) -> None:
        self.kept.append(entry)
        self._accounts.apply(entry.transaction)
        self._gas += gas_used
        self._next += 1

    def _refuse(self, reason: str) -> None:
        self.refusals.append(Refusal(self._next, reason))
        self._next += 1


def _results(proposed: Sequence[Entry], receipts: Sequence[Receipt]) -> dict[int, Result]:
    gas = gas_of_each(receipts)
    return {
        entry.index: Result(receipt.success, used) for entry, receipt, used in zip(proposed, receipts, gas, strict=True)
    }
