"""Jumps and the ends of a message."""

from typing import Any

from eth.exceptions import Halt, InsufficientStack, InvalidJumpDestination, OutOfGas, Revert

_int = int.from_bytes


def _go(c: Any, target: Any) -> None:
    if type(target) is bytes:
        target = _int(target, "big")
    if target not in c.targets:
        raise InvalidJumpDestination("jump to no JUMPDEST")
    c.pc = target


def _jump(c: Any) -> None:
    left = c.gas_remaining - 8
    if left < 0:
        raise OutOfGas("JUMP")
    c.gas_remaining = left
    if not c.values:
        raise InsufficientStack("JUMP")
    _go(c, c.values.pop())


def _jumpi(c: Any) -> None:
    left = c.gas_remaining - 10
    if left < 0:
        raise OutOfGas("JUMPI")
    c.gas_remaining = left
    values = c.values
    if len(values) < 2:
        raise InsufficientStack("JUMPI")
    target, condition = values.pop(), values.pop()
    if type(condition) is bytes:
        condition = _int(condition, "big")
    if condition:
        _go(c, target)


def _jumpdest(c: Any) -> None:
    left = c.gas_remaining - 1
    if left < 0:
        raise OutOfGas("JUMPDEST")
    c.gas_remaining = left


def _stop(c: Any) -> None:  # noqa: ARG001
    raise Halt("STOP")


def _output(c: Any) -> bytes:
    values = c.values
    if len(values) < 2:
        raise InsufficientStack("RETURN")
    start, size = values.pop(), values.pop()
    if type(start) is bytes:
        start = _int(start, "big")
    if type(size) is bytes:
        size = _int(size, "big")
    c.extend_memory(start, size)
    return bytes(c._memory._bytes[start : start + size])


def _return(c: Any) -> None:
    c.output = _output(c)
    raise Halt("RETURN")


def _revert(c: Any) -> None:
    c.output = _output(c)
    raise Revert("REVERT")


OPCODES = {
    0x00: _stop,
    0x56: _jump,
    0x57: _jumpi,
    0x5B: _jumpdest,
    0xF3: _return,
    0xFD: _revert,
}
