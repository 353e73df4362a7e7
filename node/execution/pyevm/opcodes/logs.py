"""LOG0 to LOG4."""

from collections.abc import Callable
from typing import Any

from eth.exceptions import InsufficientStack, OutOfGas, WriteProtection

_int = int.from_bytes


def _log(count: int) -> Callable[[Any], None]:
    def log(c: Any) -> None:
        if c.msg.is_static:
            raise WriteProtection("LOG in a static call")
        values = c.values
        if len(values) < 2 + count:
            raise InsufficientStack("LOG")
        start, size = values.pop(), values.pop()
        if type(start) is bytes:
            start = _int(start, "big")
        if type(size) is bytes:
            size = _int(size, "big")
        topics = []
        for _ in range(count):
            topic = values.pop()
            topics.append(topic.rjust(32, b"\0") if type(topic) is bytes else topic.to_bytes(32, "big"))
        left = c.gas_remaining - 375 - 375 * count - 8 * size
        if left < 0:
            raise OutOfGas("LOG")
        c.gas_remaining = left
        c.extend_memory(start, size)
        data = bytes(c._memory._bytes[start : start + size])
        number = c.transaction_context.get_next_log_counter()
        c._log_entries.append((number, c.msg.storage_address, tuple(topics), data))

    return log


OPCODES = {0xA0 + count: _log(count) for count in range(5)}
