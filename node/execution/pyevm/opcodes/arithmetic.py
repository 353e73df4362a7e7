"""Arithmetic, comparison, bits and KECCAK256 on 256-bit words."""

from collections.abc import Callable
from typing import Any

from eth.exceptions import InsufficientStack, OutOfGas

from ledger.primitives import keccak256

_int = int.from_bytes
_MASK = (1 << 256) - 1
_SIGN = 1 << 255


def _binary(gas: int, function: Callable[[int, int], int]) -> Callable[[Any], None]:
    """An opcode that replaces the two top values by one; `function` gets the top one first."""

    def binary(c: Any) -> None:
        left = c.gas_remaining - gas
        if left < 0:
            raise OutOfGas("arithmetic")
        c.gas_remaining = left
        values = c.values
        if len(values) < 2:
            raise InsufficientStack("arithmetic")
        a, b = values.pop(), values[-1]
        if type(a) is bytes:
            a = _int(a, "big")
        if type(b) is bytes:
            b = _int(b, "big")
        values[-1] = function(a, b)

    return binary


def _unary(function: Callable[[int], int]) -> Callable[[Any], None]:
    def unary(c: Any) -> None:
        left = c.gas_remaining - 3
        if left < 0:
            raise OutOfGas("arithmetic")
        c.gas_remaining = left
        values = c.values
        if not values:
            raise InsufficientStack("arithmetic")
        a = values[-1]
        values[-1] = function(_int(a, "big") if type(a) is bytes else a)

    return unary


def _keccak(c: Any) -> None:
    values = c.values
    left = c.gas_remaining - 30
    if left < 0:
        raise OutOfGas("KECCAK256")
    c.gas_remaining = left
    if len(values) < 2:
        raise InsufficientStack("KECCAK256")
    start, size = values.pop(), values.pop()
    if type(start) is bytes:
        start = _int(start, "big")
    if type(size) is bytes:
        size = _int(size, "big")
    c.extend_memory(start, size)
    left = c.gas_remaining - 6 * ((size + 31) >> 5)
    if left < 0:
        raise OutOfGas("KECCAK256")
    c.gas_remaining = left
    values.append(keccak256(bytes(c._memory._bytes[start : start + size])))


OPCODES = {
    0x01: _binary(3, lambda a, b: (a + b) & _MASK),
    0x02: _binary(5, lambda a, b: (a * b) & _MASK),
    0x03: _binary(3, lambda a, b: (a - b) & _MASK),
    0x04: _binary(5, lambda a, b: a // b if b else 0),
    0x06: _binary(5, lambda a, b: a % b if b else 0),
    0x10: _binary(3, lambda a, b: 1 if a < b else 0),
    0x11: _binary(3, lambda a, b: 1 if a > b else 0),
    # Flipping the sign bit orders two's complement numbers as unsigned ones.
    0x12: _binary(3, lambda a, b: 1 if a ^ _SIGN < b ^ _SIGN else 0),
    0x13: _binary(3, lambda a, b: 1 if a ^ _SIGN > b ^ _SIGN else 0),
    0x14: _binary(3, lambda a, b: 1 if a == b else 0),
    0x15: _unary(lambda a: 0 if a else 1),
    0x16: _binary(3, lambda a, b: a & b),
    0x17: _binary(3, lambda a, b: a | b),
    0x18: _binary(3, lambda a, b: a ^ b),
    0x19: _unary(lambda a: a ^ _MASK),
    0x1A: _binary(3, lambda a, b: (b >> (8 * (31 - a))) & 0xFF if a < 32 else 0),
    0x1B: _binary(3, lambda a, b: (b << a) & _MASK if a < 256 else 0),
    0x1C: _binary(3, lambda a, b: b >> a if a < 256 else 0),
    0x20: _keccak,
}
