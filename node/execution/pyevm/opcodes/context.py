"""Opcodes that push one value of their message, block or machine."""

from collections.abc import Callable
from typing import Any

from eth.exceptions import FullStack, OutOfGas


def _push_value(value_of: Callable[[Any], int | bytes]) -> Callable[[Any], None]:
    def push(c: Any) -> None:
        left = c.gas_remaining - 2
        if left < 0:
            raise OutOfGas("context")
        c.gas_remaining = left
        values = c.values
        if len(values) > 1023:
            raise FullStack("context")
        values.append(value_of(c))

    return push


OPCODES = {
    0x30: _push_value(lambda c: c.msg.storage_address),
    0x32: _push_value(lambda c: c.transaction_context.origin),
    0x33: _push_value(lambda c: c.msg.sender),
    0x34: _push_value(lambda c: c.msg.value),
    0x36: _push_value(lambda c: len(c.msg.data)),
    0x38: _push_value(lambda c: len(c.msg.code)),
    0x3D: _push_value(lambda c: len(c.return_data)),
    0x42: _push_value(lambda c: c.state.timestamp),
    0x43: _push_value(lambda c: c.state.block_number),
    0x46: _push_value(lambda c: c.state.execution_context.chain_id),
    0x58: _push_value(lambda c: c.pc - 1),
    0x59: _push_value(lambda c: len(c._memory._bytes)),
    0x5A: _push_value(lambda c: c.gas_remaining),
}
