"""Proposals: making the payload of the next consensus block, and judging what somebody else made."""

import logging
from collections.abc import Callable, Sequence

from ledger.chain.admission import Admission
from ledger.chain.header import Header
from ledger.chain.transaction import Transaction
from ledger.errors import BadInputError, LedgerError
from ledger.ports import Block, BlockAttributes, Executed, ExecutionEngine, StateView
from ledger.primitives import ZERO_ADDRESS, Hash32, keccak256
from node.consensus.comet.check_tx import TransactionChecks
from node.consensus.comet.pacing import Clocks, Pacing
from node.consensus.comet.payload import (
    MAX_HEADER_BYTES,
    PayloadError,
    block_time,
    decode_payload,
    encode_payload,
    is_heartbeat_due,
    validate_payload,
)
from node.consensus.comet.punishment import Misbehaviour, Punishments
from node.decoding import decode_once
from node.execution.rules import BLOCK_FULL
from node.permissions import StatePermissions

BUILD_S = 1.0
"""How long a proposer goes on adding transactions: the others wait for 3 s, and need as long to execute the block."""
GAS_ASKED = 8
"""Gas limits that a proposer tries to fit into a block, in multiples of what fits: most use less than their limit."""
KEPT_JUDGED = 8
ITEM_BYTES = 5
"""What a transaction takes in a consensus block beside its own bytes, at most."""

log = logging.getLogger(__name__)


class ProposersAdmission(Admission):
    """The rule of admission, as a proposer applies it: it stops when its time is up, and notes what it took back,
    because no later block can hold that either.

    An executor that runs transactions together asks for all of them first, and for each again when it has run. What was
    begun in time is judged by the rule alone: its time is spent.
    """

    def __init__(self, permissions: StatePermissions, monotonic: Callable[[], float]) -> None:
        super().__init__(permissions)
        self.taken_back: set[Hash32] = set()
        self.is_over = False
        self._begun: set[Hash32] = set()
        self._monotonic = monotonic
        self._end = monotonic() + BUILD_S

    def refuse_before(self, transaction: Transaction) -> str | None:
        if transaction.hash not in self._begun:
            self.is_over = self.is_over or self._monotonic() > self._end
            if self.is_over:
                return f"{BLOCK_FULL}: no time for more"
            self._begun.add(transaction.hash)
        return super().refuse_before(transaction)

    def refuse_after(self, transaction: Transaction, success: bool) -> str | None:
        reason = super().refuse_after(transaction, success)
        if reason is not None:
            self.taken_back.add(transaction.hash)
        return reason


class Proposals:
    """Makes and judges payloads on the head. One thread.

    Source  docs/reference/formats.md, 14; 7 for admission and time.
    """

    def __init__(
        self, engine: ExecutionEngine, chain_id: int, checks: TransactionChecks, clocks: Clocks | None = None
    ) -> None:
        self._engine = engine
        self._chain_id = chain_id
        self._checks = checks
        self._clocks = clocks or Clocks()
        self._pacing = Pacing(self._clocks)
        self._punishments = Punishments(engine, chain_id)
        self._judged: dict[Hash32, Executed] = {}
        self._prepared: tuple[Hash32, int, list[bytes]] | None = None
        self._at_most: int | None = None

    def prepare(
        self, waiting: Sequence[bytes], max_bytes: int, consensus_s: int, misbehaviour: Misbehaviour = ()
    ) -> list[bytes]:
        """The payload to propose: what stands in no block of it keeps its place in the mempool."""
        self._pacing.on_vote()
        punishment = self._punishments.required(misbehaviour, consensus_s)
        if punishment is not None:
            return encode_payload(punishment.block)
        parent = self._engine.head()
        known = self._prepared_before(parent, max_bytes, consensus_s)
        if known is not None:
            return known
        is_due = is_heartbeat_due(parent, consensus_s)
        may_build = self._pacing.may_build(parent, consensus_s)
        raws = self._fitting(parent, waiting, max_bytes - MAX_HEADER_BYTES) if may_build else []
        if not raws and not is_due:
            return []
        state = self._engine.state()
        admission = ProposersAdmission(StatePermissions(state), self._clocks.monotonic)
        attributes = BlockAttributes(block_time(parent, consensus_s), ZERO_ADDRESS, b"", parent.gas_limit)
        executed = self._engine.build(raws, attributes, admission)
        # What there is no time for is not even worth reading.
        self._at_most = 2 * len(executed.block.transactions) + 25 if admission.is_over else None
        self._note_refusals(executed, raws, state, admission)
        if not executed.block.transactions and not is_due:
            self._pacing.pause()
            return []
        self._judged[executed.block.header.hash] = executed
        self._prepared = parent.hash, consensus_s, encode_payload(executed.block)
        self._pacing.wait_for(executed.block.header.timestamp)
        return self._prepared[2]

    def process(
        self, transactions: Sequence[bytes], consensus_s: int, height: int, misbehaviour: Misbehaviour = ()
    ) -> bool:
        """Whether to vote for a proposal. It answers whatever the bytes are; the log says why not."""
        self._pacing.on_vote()
        try:
            self.judge(transactions, consensus_s, misbehaviour)
        except LedgerError as error:
            log.warning("consensus height %d: proposal refused: %s", height, error.detail)
            return False
        except Exception:
            # A proposal must not stop the node, whatever it makes the executor do.
            log.exception("consensus height %d: proposal refused: it could not be executed", height)
            return False
        return True

    def judge(
        self, transactions: Sequence[bytes], consensus_s: int, misbehaviour: Misbehaviour = ()
    ) -> Executed | None:
        """Check a payload by all rules and execute it; None where it carries no block.

        Errors  PayloadError, BlockTimeError, InvalidBlockError.
        """
        block = decode_payload(transactions)
        punishment = self._punishments.required(misbehaviour, consensus_s)
        if punishment is not None:
            if block != punishment.block:
                raise PayloadError("payload: expected the block that punishes a validator, and no other", rule="act")
            return punishment
        validate_payload(block, self._engine.head(), consensus_s)
        if block is None:
            return None
        known = self._judged.get(block.header.hash)
        if known is not None and known.block == block:
            return known
        executed = self._execute(block)
        if len(self._judged) >= KEPT_JUDGED:
            self._judged.clear()
        self._judged[block.header.hash] = executed
        return executed

    def on_decided(self, *, has_new_head: bool) -> None:
        """A consensus block was decided."""
        if has_new_head:
            self._judged.clear()
        self._pacing.on_decided(has_new_head=has_new_head, is_something_waiting=self._checks.is_something_unplaced())

    def _execute(self, block: Block) -> Executed:
        return self._engine.execute(block, Admission(StatePermissions(self._engine.state())))

    def _prepared_before(self, parent: Header, max_bytes: int, consensus_s: int) -> list[bytes] | None:
        """What was proposed in a round that failed: it is good as it was, and need not be built again."""
        if self._prepared is None or self._prepared[:2] != (parent.hash, consensus_s):
            return None
        payload = self._prepared[2]
        return payload if sum(len(item) + ITEM_BYTES for item in payload) <= max_bytes else None

    def _fitting(self, parent: Header, waiting: Sequence[bytes], max_bytes: int) -> list[bytes]:
        """The first of the waiting transactions, as many as may fit by bytes and gas."""
        fitting: list[bytes] = []
        size, gas = 0, GAS_ASKED * (parent.gas_limit // 2)
        for raw in waiting[: self._at_most]:
            size += len(raw) + ITEM_BYTES
            if size > max_bytes or gas <= 0:
                break
            known = self._checks.find(raw)
            gas -= 21_000 if known is None else known.gas_limit
            fitting.append(raw)
        return fitting

    def _note_refusals(
        self, executed: Executed, raws: Sequence[bytes], state: StateView, admission: ProposersAdmission
    ) -> None:
        """Have what no block can hold leave the mempool; what was only too early or too much stays."""
        for refusal in executed.refusals:
            raw = raws[refusal.index]
            transaction_hash = keccak256(raw)
            if transaction_hash in admission.taken_back or (
                not refusal.reason.startswith(BLOCK_FULL) and self._is_next(raw, state)
            ):
                self._checks.refuse(transaction_hash, refusal.reason)

    def _is_next(self, raw: bytes, state: StateView) -> bool:
        """True where nothing that comes before the transaction can be why it was refused."""
        try:
            transaction = self._checks.find(raw) or decode_once(raw, self._chain_id)
        except BadInputError:
            return True
        return transaction.nonce <= state.nonce(transaction.sender)
