"""Copies into memory: call data, code, return data, memory itself."""

from collections.abc import Callable
from typing import Any

from eth.exceptions import InsufficientStack, OutOfBoundsRead, OutOfGas

_int = int.from_bytes


def _take(c: Any) -> tuple[int, int, int]:
    """Charge the base cost and take target, source and size."""
    left = c.gas_remaining - 3
    if left < 0:
        raise OutOfGas("copy")
    c.gas_remaining = left
    values = c.values
    if len(values) < 3:
        raise InsufficientStack("copy")
    target, source, size = values.pop(), values.pop(), values.pop()
    return (
        _int(target, "big") if type(target) is bytes else target,
        _int(source, "big") if type(source) is bytes else source,
        _int(size, "big") if type(size) is bytes else size,
    )


def _charge_words(c: Any, size: int) -> None:
    left = c.gas_remaining - 3 * ((size + 31) >> 5)
    if left < 0:
        raise OutOfGas("copy")
    c.gas_remaining = left


def _copy_of(data_of: Callable[[Any], bytes]) -> Callable[[Any], None]:
    """An opcode that copies from bytes after which zeros follow."""

    def copy(c: Any) -> None:
        target, source, size = _take(c)
        c.extend_memory(target, size)
        _charge_words(c, size)
        if size:
            c._memory._bytes[target : target + size] = data_of(c)[source : source + size].ljust(size, b"\0")

    return copy


def _returndatacopy(c: Any) -> None:
    target, source, size = _take(c)
    if source + size > len(c.return_data):
        raise OutOfBoundsRead("RETURNDATACOPY")
    c.extend_memory(target, size)
    _charge_words(c, size)
    if size:
        c._memory._bytes[target : target + size] = c.return_data[source : source + size]


def _mcopy(c: Any) -> None:
    target, source, size = _take(c)
    c.extend_memory(max(target, source), size)
    _charge_words(c, size)
    if size:
        memory = c._memory._bytes
        memory[target : target + size] = memory[source : source + size]


OPCODES = {
    0x37: _copy_of(lambda c: c.msg.data),
    0x39: _copy_of(lambda c: c.msg.code),
    0x3E: _returndatacopy,
    0x5E: _mcopy,
}
