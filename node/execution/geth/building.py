"""Builds a block by trials, and checks somebody else's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ledger.chain.header import Header
from ledger.chain.receipt import Receipt, gas_of_each
from ledger.chain.transaction import BadTransactionError, Transaction
from ledger.chain.trie import list_root
from ledger.ports import Block, BlockAdmission, BlockAttributes, Executed
from ledger.primitives import Height
from node.decoding import decode_once
from node.execution import rules
from node.execution.geth import trials
from node.execution.geth.accounts import RunningAccounts
from node.execution.geth.errors import ExecutorDisagreesError, ExecutorRefusedError, ExecutorUnavailableError
from node.execution.geth.gas_book import GasBook
from node.execution.geth.link import Asker
from node.execution.geth.pace import Pace
from node.execution.geth.selection import Entry, Fault, Selection, Trial
from node.execution.geth.view import GethStateView

MAX_ATTEMPTS = 3
FIXED_FIELDS = (
    *("uncles_hash", "difficulty", "prev_randao", "nonce", "base_fee_per_gas", "withdrawals_root"),
    *("blob_gas_used", "excess_blob_gas", "parent_beacon_block_root"),
)
"""Fields of a header that have one allowed value, which the form that geth takes blocks in leaves out or open."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An executed block that may be made head. `is_admitted`: an admission was asked."""

    executed: Executed
    transactions: tuple[Transaction, ...]
    is_admitted: bool


class BlockBuilder:
    """Builds and checks blocks on a parent. One thread at a time.

    `return_to_head` brings a geth that is at another block back to the head of the chain.
    """

    def __init__(self, asker: Asker, chain_id: int, return_to_head: Callable[[], None], pace: Pace) -> None:
        self._asker = asker
        self._chain_id = chain_id
        self._return_to_head = return_to_head
        self._book = GasBook()
        self._pace = pace

    def build(
        self,
        view: GethStateView,
        raws: Sequence[bytes],
        attributes: BlockAttributes,
        admission: BlockAdmission | None,
    ) -> Candidate:
        """Execute what can be executed and is admitted; `view` is of the parent."""
        selection = Selection(raws, self._chain_id, attributes, admission, view, self._book, self._pace.room)
        trial = selection.choose(lambda entries, known_good: self._try(view.header, attributes, entries, known_good))
        executed = Executed(trial.block, trial.receipts, tuple(selection.refusals))
        return Candidate(executed, tuple(entry.transaction for entry in selection.kept), admission is not None)

    def check(self, view: GethStateView, block: Block, admission: BlockAdmission | None) -> Candidate:
        """Execute somebody else's block on `view`'s; InvalidBlockError as the port says."""
        header, parent = block.header, view.header
        attributes = rules.check_free_fields(parent, header)
        rules.check_transactions_root(header, list_root(block.transactions))
        rules.check_header(header, _with_fixed_fields(header, parent))
        transactions = tuple(self._decode(block, index) for index in range(len(block.transactions)))
        reason, receipts = self._execute(block)
        if reason is not None:
            self._explain(view, block, attributes, transactions)
            rules.raise_invalid(f"geth refuses it: {reason}")
        _check_admission(header, transactions, receipts, admission)
        self._book.learn(zip(transactions, gas_of_each(receipts), strict=True))
        return Candidate(Executed(block, receipts, ()), transactions, admission is not None)

    def _try(
        self, parent: Header, attributes: BlockAttributes, entries: Sequence[Entry], known_good: int
    ) -> Trial | Fault:
        """Run a list as the next block."""
        start = time.monotonic()
        try:
            block = self._build(parent, attributes, entries)
        except ExecutorRefusedError:
            raws = [entry.transaction.raw for entry in entries]
            return Fault(*trials.find_fault(self._asker, parent, attributes, raws, known_good))
        trial = Trial(block, self._run(block))
        self._pace.note(block.header.gas_used, time.monotonic() - start)
        return trial

    def _build(self, parent: Header, attributes: BlockAttributes, entries: Sequence[Entry]) -> Block:
        raws = [entry.transaction.raw for entry in entries]
        try:
            return trials.build(self._asker, parent, attributes, raws)
        except ExecutorRefusedError as error:
            if error.facts["message"] != trials.OTHER_HEAD:
                raise
        self._return_to_head()
        return trials.build(self._asker, parent, attributes, raws)

    def _run(self, block: Block) -> tuple[Receipt, ...]:
        """Have geth keep a block that it built, and return its receipts."""
        reason, receipts = self._execute(block)
        if reason is not None:
            raise ExecutorDisagreesError(f"geth refuses block {block.header.number}, which it built: {reason}")
        return receipts

    def _execute(self, block: Block) -> tuple[str | None, tuple[Receipt, ...]]:
        """geth's reason to refuse a block, or its receipts. A geth that was started again may have lost either."""
        for _ in range(MAX_ATTEMPTS):
            verdict = trials.execute(self._asker, block)
            if verdict.reason is not None:
                return verdict.reason, ()
            receipts = trials.receipts_of(self._asker, block) if verdict.is_known else None
            if receipts is not None:
                return None, receipts
            self._return_to_head()
        raise ExecutorUnavailableError(f"executor: geth does not keep block {block.header.number}")

    def _decode(self, block: Block, index: int) -> Transaction:
        try:
            return decode_once(block.transactions[index], self._chain_id)
        except BadTransactionError as error:
            rules.raise_transaction(index, error.detail, block.header)

    def _explain(
        self, view: GethStateView, block: Block, attributes: BlockAttributes, transactions: Sequence[Transaction]
    ) -> None:
        """Say which transaction cannot run, or which fields differ from the block that does follow."""
        accounts = RunningAccounts(view)
        view.fetch_nonces(transaction.sender for transaction in transactions)
        for index, transaction in enumerate(transactions):
            reason = accounts.refuse(transaction)
            if reason is not None:
                rules.raise_transaction(index, reason, block.header)
            accounts.apply(transaction)
        entries = [Entry(index, transaction) for index, transaction in enumerate(transactions)]
        try:
            expected = self._build(view.header, attributes, entries)
        except ExecutorRefusedError:
            index, reason = trials.find_fault(self._asker, view.header, attributes, block.transactions, 0)
            rules.raise_transaction(index, reason, block.header)
        rules.check_header(block.header, expected.header)


def _with_fixed_fields(header: Header, parent: Header) -> Header:
    """The header with the values that every block has, or that follow from the parent alone."""
    defaults: dict[str, Any] = {field.name: field.default for field in fields(Header)}
    return replace(header, number=Height(parent.number + 1), **{name: defaults[name] for name in FIXED_FIELDS})


def _check_admission(
    header: Header,
    transactions: Sequence[Transaction],
    receipts: Sequence[Receipt],
    admission: BlockAdmission | None,
) -> None:
    """Check, in the order of the block, what Ethereum's rules do not: room, and who may send what."""
    before = 0
    usable = rules.usable_gas(header.gas_limit)
    for index, (transaction, receipt) in enumerate(zip(transactions, receipts, strict=True)):
        reason = admission.refuse_before(transaction) if admission is not None else None
        if reason is None and max(before + transaction.intrinsic_gas, receipt.cumulative_gas_used) > usable:
            reason = rules.BLOCK_FULL
        if reason is None and admission is not None:
            reason = admission.refuse_after(transaction, receipt.success)
        if reason is not None:
            rules.raise_transaction(index, reason, header)
        before = receipt.cumulative_gas_used
