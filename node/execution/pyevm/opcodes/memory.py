"""MLOAD, MSTORE and CALLDATALOAD."""

from typing import Any

from eth.exceptions import InsufficientStack, OutOfGas

_int = int.from_bytes


def _mload(c: Any) -> None:
    left = c.gas_remaining - 3
    if left < 0:
        raise OutOfGas("MLOAD")
    c.gas_remaining = left
    values = c.values
    if not values:
        raise InsufficientStack("MLOAD")
    start = values[-1]
    if type(start) is bytes:
        start = _int(start, "big")
    memory = c._memory._bytes
    if start + 32 > len(memory):
        c.extend_memory(start, 32)
    values[-1] = bytes(memory[start : start + 32])


def _mstore(c: Any) -> None:
    left = c.gas_remaining - 3
    if left < 0:
        raise OutOfGas("MSTORE")
    c.gas_remaining = left
    values = c.values
    if len(values) < 2:
        raise InsufficientStack("MSTORE")
    start, value = values.pop(), values.pop()
    if type(start) is bytes:
        start = _int(start, "big")
    memory = c._memory._bytes
    if start + 32 > len(memory):
        c.extend_memory(start, 32)
    memory[start : start + 32] = value.rjust(32, b"\0") if type(value) is bytes else value.to_bytes(32, "big")


def _calldataload(c: Any) -> None:
    left = c.gas_remaining - 3
    if left < 0:
        raise OutOfGas("CALLDATALOAD")
    c.gas_remaining = left
    values = c.values
    if not values:
        raise InsufficientStack("CALLDATALOAD")
    start = values[-1]
    if type(start) is bytes:
        start = _int(start, "big")
    data = c.msg.data[start : start + 32]
    values[-1] = data if len(data) == 32 else data.ljust(32, b"\0")


OPCODES = {0x35: _calldataload, 0x51: _mload, 0x52: _mstore}
