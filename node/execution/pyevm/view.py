"""A frozen state to read from: storage, code, calls, proofs."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from ledger.chain.account import Account, account_key, slot_key
from ledger.chain.header import Header
from ledger.chain.transaction import intrinsic_gas
from ledger.ports import AccountProof, CallResult
from ledger.primitives import ZERO_ADDRESS, Address, Gas
from node.execution.pyevm.accounts import StateSource, Tops
from node.execution.pyevm.computation import Computation
from node.execution.pyevm.message import Message, TransactionContext
from node.execution.pyevm.state import BlockContext, State
from node.execution.pyevm.transactions import MAX_REFUND_QUOTIENT

CALL_GAS = Gas(50_000_000)
"""Gas of a call that names none."""
READS_BEFORE_RENEWAL = 5_000


class PyEvmStateView:
    """The state after one block, as `ledger.ports.StateView`. Any number of threads may use it.

    It reads nodes by their hashes, which are never overwritten, so it holds no snapshot of the store open and stays
    valid as long as the store does.
    """

    def __init__(self, header: Header, source: StateSource, context: BlockContext, tops: Tops | None = None) -> None:
        self._header = header
        self._source = source
        self._context = context
        self._tops = tops
        self._lock = Lock()
        self._renew()

    @property
    def header(self) -> Header:
        return self._header

    def storage(self, address: Address, slot: int) -> int:
        with self._lock:
            return self._open().get_storage(address, slot)

    def nonce(self, address: Address) -> int:
        with self._lock:
            return self._open().get_nonce(address)

    def balance(self, address: Address) -> int:
        with self._lock:
            return self._open().get_balance(address)

    def code(self, address: Address) -> bytes:
        with self._lock:
            return self._open().get_code(address)

    def call(self, to: Address, data: bytes, sender: Address = ZERO_ADDRESS, gas: Gas = CALL_GAS) -> CallResult:
        """Run a call and undo it, as the port says."""
        with self._lock:
            state = self._open()
            state.begin_transaction()
            state.mark_address_warm(sender)
            state.mark_address_warm(to)
            state.mark_address_warm(state.coinbase)
            message = Message(gas=gas, to=to, sender=sender, value=0, data=data, code=state.get_code(to))
            context = TransactionContext(sender)
            computation: Any = Computation.apply_message(state, message, context)
            state.revert(0)
            used = gas - computation.get_gas_remaining()
            refund = min(computation.get_gas_refund(), (used + intrinsic_gas(data, False)) // MAX_REFUND_QUOTIENT)
            return CallResult(computation.is_success, computation.output, Gas(used - refund))

    def proof(self, address: Address, slots: Sequence[int]) -> AccountProof:
        with self._lock:
            state = self._open()
            account = state.account(address) or Account()
            storage = state.storage_trie(address)
            return AccountProof(
                address=address,
                nonce=account.nonce,
                balance=account.balance,
                storage_root=account.storage_root,
                code_hash=account.code_hash,
                account_proof=state.state_trie.proof(account_key(address)),
                storage=tuple(
                    (slot, state.get_storage(address, slot), storage.proof(slot_key(slot))) for slot in slots
                ),
            )

    def _open(self) -> State:
        """The state to read from; what earlier reads left in it is dropped now and then, so that it stays small."""
        self._reads += 1
        if self._reads > READS_BEFORE_RENEWAL:
            self._renew()
        return self._state

    def _renew(self) -> None:
        self._state = State(self._source, self._header.state_root, self._context, self._tops)
        self._reads = 0
