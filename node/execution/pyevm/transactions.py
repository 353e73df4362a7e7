"""Applies one transaction to a state: what it must satisfy, what it pays, what it leaves."""

from dataclasses import dataclass
from typing import Any

from ledger.chain.account import EMPTY_CODE_HASH
from ledger.chain.receipt import Log
from ledger.chain.rlp import encode_bytes, encode_int, encode_list
from ledger.chain.transaction import Transaction
from ledger.errors import BadInputError
from ledger.primitives import Address, Gas, keccak256, to_hex
from node.execution.pyevm.computation import Computation
from node.execution.pyevm.message import Message, TransactionContext
from node.execution.pyevm.state import State

MAX_REFUND_QUOTIENT = 5
RIPEMD160 = bytes(19) + b"\x03"


class RefusedTransactionError(BadInputError):
    """A transaction that the present state does not allow. `facts["field"]` names what is wrong."""

    type = "refused-transaction"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction did."""

    success: bool
    gas_used: Gas
    logs: tuple[Log, ...]


def apply_transaction(state: State, transaction: Transaction) -> Outcome:
    """Execute a transaction in a block without base fee.

    Errors  RefusedTransactionError before anything has changed. Whatever else is raised, `state.revert(0)` undoes
            the transaction until the next one begins.
    Source  Ethereum execution specification, Cancun; EIP-1559, 2929, 3529, 3607, 3651, 6780.
    """
    state.begin_transaction()
    _check(state, transaction)
    price = min(transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas)
    if price:
        state.delta_balance(transaction.sender, -transaction.gas_limit * price)
    state.increment_nonce(transaction.sender)
    computation = _run(state, transaction, price)
    if computation is None:
        gas_used = int(transaction.gas_limit)
    else:
        gas_used = transaction.gas_limit - computation.get_gas_remaining()
        gas_used -= min(computation.get_gas_refund(), gas_used // MAX_REFUND_QUOTIENT)
    if price:
        state.delta_balance(transaction.sender, (transaction.gas_limit - gas_used) * price)
        state.delta_balance(state.coinbase, gas_used * price)
    _clear(state, computation)
    if computation is None or computation.is_error:
        return Outcome(False, Gas(gas_used), ())
    return Outcome(True, Gas(gas_used), collect_logs(computation))


def contract_address(sender: Address, nonce: int) -> Address:
    """Where a contract comes to stand that `sender` creates by the transaction with this nonce."""
    return Address(keccak256(encode_list([encode_bytes(sender), encode_int(nonce)]))[12:])


def collect_logs(computation: Any) -> tuple[Log, ...]:
    """Logs of a computation and those it called, in the order they were written."""
    entries = computation.get_raw_log_entries() if computation.children else computation._log_entries
    return tuple(Log(address, topics, data) for _, address, topics, data in entries)


def _check(state: State, transaction: Transaction) -> None:
    account = state.account(transaction.sender)
    nonce, balance, code_hash = (account[0], account[1], account[3]) if account else (0, 0, EMPTY_CODE_HASH)
    if nonce != transaction.nonce:
        raise RefusedTransactionError(f"nonce: found {transaction.nonce}, expected {nonce}", field="nonce")
    if code_hash != EMPTY_CODE_HASH:
        sender = to_hex(transaction.sender)
        raise RefusedTransactionError(f"sender {sender}: has code, expected none (EIP-3607)", field="sender")
    cost = transaction.value + transaction.gas_limit * transaction.max_fee_per_gas
    if balance < cost:
        raise RefusedTransactionError(f"balance: found {balance}, expected at least {cost}", field="balance")


def _run(state: State, transaction: Transaction, price: int) -> Computation | None:
    """Run the message; None where the address of a new contract is taken, which costs all gas."""
    sender, to = transaction.sender, transaction.to
    state.mark_address_warm(sender)
    state.mark_address_warm(state.coinbase)
    for address, slots in transaction.access_list:
        state.mark_address_warm(address)
        for slot in slots:
            state.mark_storage_warm(address, slot)
    context = TransactionContext(sender, price)
    gas = transaction.gas_limit - transaction.intrinsic_gas
    value = transaction.value
    if to is not None:
        state.mark_address_warm(to)
        code = state.get_code(to)
        message = Message(gas=gas, to=to, sender=sender, value=value, data=transaction.data, code=code)
        return Computation.apply_message(state, message, context)
    created = contract_address(sender, transaction.nonce)
    state.mark_address_warm(created)
    if state.has_code_or_nonce(created):
        return None
    message = Message(
        gas=gas, to=b"", sender=sender, value=value, data=b"", code=transaction.data, create_address=created
    )
    return Computation.apply_create_message(state, message, context)


def _clear(state: State, computation: Computation | None) -> None:
    """Delete contracts that destroyed themselves, then touched accounts that are empty (EIP-161)."""
    touched = {bytes(state.coinbase)}
    if computation is not None:
        for address in computation.get_accounts_for_deletion():
            state.delete_account(address)
        _collect_touched(computation, False, touched)
    for address in touched:
        if state.account_exists(address) and state.account_is_empty(address):
            state.delete_account(address)


def _collect_touched(computation: Any, has_failed_above: bool, touched: set[bytes]) -> None:
    has_failed = has_failed_above or computation.is_error
    addresses = computation.get_self_destruct_beneficiaries() if computation.beneficiaries else []
    if not computation.msg.is_create:
        addresses = [*addresses, computation.msg.to]
    # RIPEMD160 counts as touched even by a call that failed: a mistake of 2016 that has become a rule.
    touched.update(address for address in addresses if not has_failed or address == RIPEMD160)
    for child in computation.children:
        _collect_touched(child, has_failed, touched)
