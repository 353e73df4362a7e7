"""PUSH, DUP, SWAP, POP."""

from collections.abc import Callable
from typing import Any

from eth.exceptions import FullStack, InsufficientStack, OutOfGas


def _push(size: int) -> Callable[[Any], None]:
    gas = 3 if size else 2

    def push(c: Any) -> None:
        left = c.gas_remaining - gas
        if left < 0:
            raise OutOfGas("PUSH")
        c.gas_remaining = left
        values = c.values
        if len(values) > 1023:
            raise FullStack("PUSH")
        start = c.pc
        c.pc = start + size
        values.append(c.pushes[start] if size else 0)

    return push


def _dup(depth: int) -> Callable[[Any], None]:
    def dup(c: Any) -> None:
        left = c.gas_remaining - 3
        if left < 0:
            raise OutOfGas("DUP")
        c.gas_remaining = left
        values = c.values
        if len(values) > 1023:
            raise FullStack("DUP")
        if len(values) < depth:
            raise InsufficientStack("DUP")
        values.append(values[-depth])

    return dup


def _swap(depth: int) -> Callable[[Any], None]:
    other = -depth - 1

    def swap(c: Any) -> None:
        left = c.gas_remaining - 3
        if left < 0:
            raise OutOfGas("SWAP")
        c.gas_remaining = left
        values = c.values
        if len(values) <= depth:
            raise InsufficientStack("SWAP")
        values[-1], values[other] = values[other], values[-1]

    return swap


def _pop(c: Any) -> None:
    left = c.gas_remaining - 2
    if left < 0:
        raise OutOfGas("POP")
    c.gas_remaining = left
    if not c.values:
        raise InsufficientStack("POP")
    c.values.pop()


OPCODES = {
    0x50: _pop,
    **{0x5F + size: _push(size) for size in range(33)},
    **{0x7F + depth: _dup(depth) for depth in range(1, 17)},
    **{0x8F + depth: _swap(depth) for depth in range(1, 17)},
}
