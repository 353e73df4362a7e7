"""Runs a list of transactions as the next block, and makes the header that follows from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS
from ledger.chain.header import Header
from ledger.chain.receipt import Receipt
from ledger.chain.transaction import BadTransactionError, Transaction, decode_transaction
from ledger.chain.trie import list_root
from ledger.chain.trie_nodes import Link
from ledger.errors import BadInputError, CheckFailedError
from ledger.ports import Block, BlockAdmission, BlockAttributes, Executed, Refusal
from ledger.primitives import Gas, Hash32, Height
from node.execution.pyevm.state import State
from node.execution.pyevm.transactions import RefusedTransactionError, apply_transaction

BEACON_ROOTS_RING = 8_191
MIN_GAS_LIMIT = 5_000
GAS_LIMIT_QUOTIENT = 1_024
BLOCK_FULL = "block full"


class InvalidBlockError(CheckFailedError):
    """A block that does not follow from its parent. `facts["fields"]` names the header fields that differ."""

    type = "invalid-block"


class BadAttributesError(BadInputError):
    """Attributes that no block on this parent may have. `facts["fields"]` names them."""

    type = "bad-attributes"


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
    usable_gas: int
    admission: BlockAdmission | None
    gas_used: int = 0
    transactions: list[Transaction] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    def add(self, raw: bytes) -> str | None:
        """Apply a transaction, or return the reason why it may not stand in the block: then it left no trace."""
        admission = self.admission
        try:
            transaction = decode_transaction(raw, self.state.execution_context.chain_id)
            reason = admission.refuse_before(transaction) if admission is not None else None
            if reason is not None:
                return reason
            if self.gas_used + transaction.intrinsic_gas > self.usable_gas:
                return BLOCK_FULL
            outcome = apply_transaction(self.state, transaction)
        except (BadTransactionError, RefusedTransactionError) as error:
            return error.detail
        if self.gas_used + outcome.gas_used > self.usable_gas:
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


def check_attributes(parent: Header, attributes: BlockAttributes) -> None:
    """Check the free fields of a block against its parent; BadAttributesError names the field."""
    if attributes.timestamp <= parent.timestamp:
        raise _bad("timestamp", str(attributes.timestamp), f"more than the parent's {parent.timestamp}")
    if len(attributes.extra_data) > 32:
        raise _bad("extra_data", f"{len(attributes.extra_data)} bytes", "at most 32")
    step = parent.gas_limit // GAS_LIMIT_QUOTIENT
    if abs(attributes.gas_limit - parent.gas_limit) >= max(step, 1) or attributes.gas_limit < MIN_GAS_LIMIT:
        expected = f"at least {MIN_GAS_LIMIT} and less than {step} away from the parent's {parent.gas_limit}"
        raise _bad("gas_limit", str(attributes.gas_limit), expected)


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
    if header.parent_hash != parent.hash:
        raise _invalid(f"parent {header.parent_hash.hex()}, expected the head {parent.hash.hex()}", "parent_hash")
    attributes = free_fields(header)
    try:
        check_attributes(parent, attributes)
    except BadAttributesError as error:
        raise _invalid(error.detail, *error.facts["fields"]) from error
    # Before anything runs: a header that names other transactions costs its sender more than it costs us.
    if list_root(block.transactions) != header.transactions_root:
        raise _invalid("transactions_root: the transactions do not give it", "transactions_root")
    run = _start(state, attributes, admission)
    for index, raw in enumerate(block.transactions):
        reason = run.add(raw)
        if reason == BLOCK_FULL:
            reason = f"the block uses more than half its gas limit {header.gas_limit}"
        if reason is not None:
            raise _invalid(f"transaction {index}: {reason}")
    candidate = _seal(run, parent, attributes, ())
    expected = candidate.executed.block.header
    if expected.hash != header.hash:
        fields = expected.differences(header)
        raise _invalid("; ".join(_describe(name, header, expected) for name in fields), *fields)
    return candidate


def free_fields(header: Header) -> BlockAttributes:
    """The fields of a header that do not follow from parent and transactions."""
    return BlockAttributes(header.timestamp, header.fee_recipient, header.extra_data, header.gas_limit)


def _start(state: State, attributes: BlockAttributes, admission: BlockAdmission | None) -> _Run:
    # What the system call of EIP-4788 writes: the parent beacon root of every block is zero.
    slot = attributes.timestamp % BEACON_ROOTS_RING
    state.set_storage(BEACON_ROOTS_ADDRESS, slot, attributes.timestamp)
    state.set_storage(BEACON_ROOTS_ADDRESS, slot + BEACON_ROOTS_RING, 0)
    return _Run(state, attributes.gas_limit // 2, admission)


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


def _describe(name: str, found: Header, expected: Header) -> str:
    values: Iterator[object] = (getattr(header, name) for header in (found, expected))
    texts = [value.hex()[:64] if isinstance(value, bytes) else str(value) for value in values]
    return f"{name}: found {texts[0]}, expected {texts[1]}"


def _invalid(detail: str, *fields: str) -> InvalidBlockError:
    return InvalidBlockError(f"block: {detail}", fields=list(fields))


def _bad(field_name: str, found: str, expected: str) -> BadAttributesError:
    return BadAttributesError(f"{field_name}: found {found}, expected {expected}", fields=[field_name])
