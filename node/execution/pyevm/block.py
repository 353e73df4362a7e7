"""Runs a list of transactions as the next block, and makes the header that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS
from ledger.chain.header import Header
from ledger.chain.receipt import Receipt
from ledger.chain.transaction import BadTransactionError, Transaction
from ledger.chain.trie import list_root
from ledger.chain.trie_nodes import Link
from ledger.ports import Block, BlockAdmission, BlockAttributes, Executed, Refusal
from ledger.primitives import Gas, Hash32, Height
from node.decoding import decode_once
from node.execution.pyevm.state import State
from node.execution.pyevm.transactions import RefusedTransactionError, apply_transaction
from node.execution.rules import (
    BLOCK_FULL,
    check_free_fields,
    check_header,
    check_transactions_root,
    raise_transaction,
    usable_gas,
)

BEACON_ROOTS_RING = 8_191


@dataclass(frozen=True, slots=True)
class Candidate:
    """An executed block with all that making it the head needs to write."""

    executed: Executed
    transactions: tuple[Transaction, ...]
    entries: dict[bytes, bytes]
    tops: dict[bytes, tuple[Hash32, Link]]
    is_admitted: bool


@dataclass(slots=True)
class _Run:
    """A block in the making."""

    state: State
    gas_limit: int
    admission: BlockAdmission | None
    gas_used: int = 0
    transactions: list[Transaction] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    def add(self, raw: bytes) -> str | None:
        """Apply a transaction, or return the reason why it may not stand in the block: then it left no trace."""
        admission = self.admission
        try:
            transaction = decode_once(raw, self.state.execution_context.chain_id)
            reason = admission.refuse_before(transaction) if admission is not None else None
            if reason is not None:
                return reason
            if self._is_full(transaction):
                return BLOCK_FULL
            outcome = apply_transaction(self.state, transaction)
        except (BadTransactionError, RefusedTransactionError) as error:
            return error.detail
        if self.gas_used + outcome.gas_used > usable_gas(self.gas_limit):
            reason = BLOCK_FULL
        elif admission is not None:
            reason = admission.refuse_after(transaction, outcome.success)
        if reason is not None:
            self.state.revert(0)
            return reason
        self.gas_used += outcome.gas_used
        self.transactions.append(transaction)
        self.receipts.append(Receipt(transaction.kind, outcome.success, Gas(self.gas_used), outcome.logs))
        return None

    def _is_full(self, transaction: Transaction) -> bool:
        """True where it cannot fit, known before it runs: Ethereum reserves a transaction's whole gas limit."""
        if self.gas_used + transaction.intrinsic_gas > usable_gas(self.gas_limit):
            return True
        return self.gas_used + transaction.gas_limit > self.gas_limit


def build_block(
    state: State,
    parent: Header,
    attributes: BlockAttributes,
    raws: Sequence[bytes],
    admission: BlockAdmission | None = None,
) -> Candidate:
    """Execute what can be executed and is admitted; the first transaction over half the gas limit ends the block.

    Half, because a fuller block would raise the base fee above 0 (EIP-1559).
    """
    run = _start(state, attributes, admission)
    refusals: list[Refusal] = []
    for index, raw in enumerate(raws):
        reason = run.add(raw)
        if reason == BLOCK_FULL:
            refusals.extend(Refusal(later, BLOCK_FULL) for later in range(index, len(raws)))
            break
        if reason is not None:
            refusals.append(Refusal(index, reason))
    return _seal(run, parent, attributes, tuple(refusals))


def execute_block(state: State, parent: Header, block: Block, admission: BlockAdmission | None = None) -> Candidate:
    """Execute somebody else's block and compare its header with the one that follows; InvalidBlockError if unequal."""
    header = block.header
    attributes = check_free_fields(parent, header)
    # Before anything runs: a header that names other transactions costs its sender more than it costs us.
    check_transactions_root(header, list_root(block.transactions))
    run = _start(state, attributes, admission)
    for index, raw in enumerate(block.transactions):
        reason = run.add(raw)
        if reason is not None:
            raise_transaction(index, reason, header)
    candidate = _seal(run, parent, attributes, ())
    check_header(header, candidate.executed.block.header)
    return candidate


def _start(state: State, attributes: BlockAttributes, admission: BlockAdmission | None) -> _Run:
    # What the system call of EIP-4788 writes: the parent beacon root of every block is zero.
    slot = attributes.timestamp % BEACON_ROOTS_RING
    state.set_storage(BEACON_ROOTS_ADDRESS, slot, attributes.timestamp)
    state.set_storage(BEACON_ROOTS_ADDRESS, slot + BEACON_ROOTS_RING, 0)
    return _Run(state, attributes.gas_limit, admission)


def _seal(run: _Run, parent: Header, attributes: BlockAttributes, refusals: tuple[Refusal, ...]) -> Candidate:
    entries: dict[bytes, bytes] = {}
    state_root, tops = run.state.commit_tries(entries)
    raws = tuple(transaction.raw for transaction in run.transactions)
    bloom = 0
    for receipt in run.receipts:
        bloom |= receipt.bloom
    header = Header(
        parent_hash=parent.hash,
        fee_recipient=attributes.fee_recipient,
        state_root=state_root,
        number=Height(parent.number + 1),
        gas_limit=attributes.gas_limit,
        timestamp=attributes.timestamp,
        transactions_root=list_root(raws),
        receipts_root=list_root([receipt.encode() for receipt in run.receipts]),
        logs_bloom=bloom.to_bytes(256, "big"),
        gas_used=Gas(run.gas_used),
        extra_data=attributes.extra_data,
    )
    executed = Executed(Block(header, raws), tuple(run.receipts), refusals)
    return Candidate(executed, tuple(run.transactions), entries, tops, run.admission is not None)
