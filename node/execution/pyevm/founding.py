"""Runs constructors once, at founding, and hands over the state they leave for the genesis."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth.exceptions import VMError

from ledger.chain.account import EMPTY_CODE_HASH
from ledger.chain.genesis import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE, GenesisAccount
from ledger.chain.header import EMPTY_ROOT
from ledger.chain.trie import NoNodes
from ledger.errors import BadInputError
from ledger.primitives import ZERO_ADDRESS, Address, Gas, Timestamp, to_hex
from node.execution.pyevm.computation import Computation
from node.execution.pyevm.message import Message, TransactionContext
from node.execution.pyevm.state import BlockContext, State

FOUNDING_GAS = Gas(1 << 40)
"""Gas of each constructor and call: founding happens once and is not bounded by a block."""
_ERROR_STRING = bytes.fromhex("08c379a0")


class ConstructorError(BadInputError):
    """A constructor, or a call after it, that fails. `facts` hold the contract's address and the reason."""

    type = "constructor-failed"


@dataclass(frozen=True, slots=True)
class Creation:
    """A contract to put at a fixed address. `init_code` ends with the encoded constructor arguments."""

    address: Address
    init_code: bytes
    sender: Address = ZERO_ADDRESS


@dataclass(frozen=True, slots=True)
class SetupCall:
    """A call after all constructors."""

    to: Address
    data: bytes
    sender: Address = ZERO_ADDRESS


def run_constructors(
    chain_id: int, timestamp: Timestamp, creations: Sequence[Creation], calls: Sequence[SetupCall] = ()
) -> dict[Address, GenesisAccount]:
    """Run each constructor at its address, then each call, in order, in a block 0 at `timestamp`.

    Shape   result: every account that exists afterwards, with the contract of EIP-4788, for a genesis's alloc.
    Errors  ConstructorError(address, reason) where one reverts or halts, or an address is given twice.
    """
    context = BlockContext(
        chain_id=chain_id,
        number=0,
        timestamp=timestamp,
        coinbase=ZERO_ADDRESS,
        gas_limit=FOUNDING_GAS,
        ancestor=lambda _: None,
    )
    state = State(NoNodes(), EMPTY_ROOT, context)
    for creation in creations:
        _create(state, creation)
    for call in calls:
        _call(state, call)
    beacon = GenesisAccount(nonce=1, code=BEACON_ROOTS_CODE)
    return {**_dump(state), BEACON_ROOTS_ADDRESS: beacon}


def _create(state: State, creation: Creation) -> None:
    state.begin_transaction()
    if state.has_code_or_nonce(creation.address):
        raise _failure("constructor", creation.address, "the address is taken")
    message = Message(
        gas=FOUNDING_GAS,
        to=b"",
        sender=creation.sender,
        value=0,
        data=b"",
        code=creation.init_code,
        create_address=creation.address,
    )
    try:
        result = Computation.apply_create_message(state, message, TransactionContext(creation.sender))
    except VMError as error:
        # Init code over the limit of EIP-3860 fails before it runs.
        raise _failure("constructor", creation.address, str(error)) from error
    if result.is_error:
        raise _failure("constructor", creation.address, _reason(result))


def _call(state: State, call: SetupCall) -> None:
    state.begin_transaction()
    code = state.get_code(call.to)
    message = Message(gas=FOUNDING_GAS, to=call.to, sender=call.sender, value=0, data=call.data, code=code)
    result = Computation.apply_message(state, message, TransactionContext(call.sender))
    if result.is_error:
        raise _failure("call", call.to, _reason(result))


def _dump(state: State) -> dict[Address, GenesisAccount]:
    accounts = {}
    for address, account in state.known_accounts():
        if account.nonce or account.balance or account.code_hash != EMPTY_CODE_HASH:
            accounts[Address(address)] = GenesisAccount(
                balance=account.balance,
                nonce=account.nonce,
                code=state.get_code(address),
                storage={slot: value for slot, value in sorted(state.known_storage(address)) if value},
            )
    return accounts


def _reason(result: Computation) -> str:
    output: bytes = result.output
    if output[:4] == _ERROR_STRING and len(output) >= 68:
        size = int.from_bytes(output[36:68], "big")
        return output[68 : 68 + size].decode(errors="replace")
    return f"{type(result.error).__name__}: {result.error} {to_hex(output) if output else ''}".strip()


def _failure(what: str, address: Address, reason: str) -> ConstructorError:
    return ConstructorError(f"{what} of {to_hex(address)}: {reason}", address=to_hex(address), reason=reason)
