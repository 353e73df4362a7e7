"""CALL, DELEGATECALL and STATICCALL. CALLCODE and the creations are rare and stay py-evm's."""

from typing import Any

from eth.constants import STACK_DEPTH_LIMIT
from eth.exceptions import InsufficientStack, OutOfGas, WriteProtection

from node.execution.pyevm.message import Message

_int = int.from_bytes
_COLD, _WARM = 2_600, 100
_VALUE, _NEW_ACCOUNT, _STIPEND = 9_000, 25_000, 2_300


def _take(c: Any, count: int) -> list[int]:
    """Take `count` values as integers, top first."""
    values = c.values
    if len(values) < count:
        raise InsufficientStack("CALL")
    taken = values[: -count - 1 : -1]
    del values[-count:]
    return [_int(value, "big") if type(value) is bytes else value for value in taken]


def _address(word: int) -> bytes:
    return (word & ((1 << 160) - 1)).to_bytes(20, "big")


def _call(c: Any) -> None:
    gas, to, value, *ranges = _take(c, 7)
    if value and c.msg.is_static:
        raise WriteProtection("CALL with value in a static call")
    address, sender = _address(to), c.msg.storage_address
    message = Message(gas=gas, to=address, sender=sender, value=value, data=b"", code=b"", is_static=c.msg.is_static)
    _run(c, message, ranges)


def _delegatecall(c: Any) -> None:
    gas, code_address, *ranges = _take(c, 6)
    outer = c.msg
    message = Message(
        gas=gas,
        to=outer.storage_address,
        sender=outer.sender,
        value=outer.value,
        data=b"",
        code=b"",
        code_address=_address(code_address),
        should_transfer_value=False,
        is_static=outer.is_static,
    )
    _run(c, message, ranges)


def _staticcall(c: Any) -> None:
    gas, to, *ranges = _take(c, 6)
    sender = c.msg.storage_address
    message = Message(gas=gas, to=_address(to), sender=sender, value=0, data=b"", code=b"", is_static=True)
    message.should_transfer_value = False
    _run(c, message, ranges)


def _run(c: Any, message: Message, ranges: list[int]) -> None:
    """Charge, fill in what the message needs of state and memory, run it, and hand back result and gas."""
    data_start, data_size, out_start, out_size = ranges
    c.extend_memory(data_start, data_size)
    c.extend_memory(out_start, out_size)
    message.data = bytes(c._memory._bytes[data_start : data_start + data_size])
    state = c.state
    message.code = _load_code(c, message.code_address)
    value = message.value if message.should_transfer_value else 0
    message.gas = _charge(c, message, value)
    message.depth = c.msg.depth + 1
    if message.depth > STACK_DEPTH_LIMIT or (value and state.get_balance(message.sender) < value):
        c.return_data = b""
        c.gas_remaining += message.gas
        c.values.append(0)
        return
    child = c.apply_message(state, message, c.transaction_context, c)
    c.children.append(child)
    error = child._error
    if error is None:
        c.return_data = output = child._output
    else:
        c.return_data = output = b"" if error.erases_return_data else child._output
    c.values.append(1 if error is None else 0)
    if output and out_size:
        size = min(out_size, len(output))
        c._memory._bytes[out_start : out_start + size] = output[:size]
    if error is None or not error.burns_gas:
        c.gas_remaining += child.gas_remaining


def _load_code(c: Any, address: bytes) -> bytes:
    state = c.state
    if state.is_address_warm(address):
        left = c.gas_remaining - _WARM
    else:
        state.mark_address_warm(address)
        left = c.gas_remaining - _COLD
    if left < 0:
        raise OutOfGas("CALL")
    c.gas_remaining = left
    code: bytes = state.get_code(address)
    return code


def _charge(c: Any, message: Message, value: int) -> int:
    """Charge what the call costs and return the gas it may use (EIP-150: all but one 64th at most)."""
    extra = 0
    if value:
        extra = _VALUE + (_NEW_ACCOUNT if c.state.account_is_empty(message.to) else 0)
    left: int = c.gas_remaining - extra
    if left < 0:
        raise OutOfGas("CALL")
    gas: int = min(message.gas, left - left // 64)
    c.gas_remaining = left - gas
    return gas + _STIPEND if value else gas


OPCODES = {0xF1: _call, 0xF4: _delegatecall, 0xFA: _staticcall}
