"""SLOAD, SSTORE and transient storage (EIP-2200, 2929, 3529, 1153)."""

from typing import Any

from eth.exceptions import InsufficientStack, OutOfGas, WriteProtection

_int = int.from_bytes
_COLD, _WARM = 2_100, 100
_SET, _RESET, _CLEAR_REFUND = 20_000, 2_900, 4_800
_STIPEND = 2_300


def _sload(c: Any) -> None:
    values = c.values
    if not values:
        raise InsufficientStack("SLOAD")
    slot = values[-1]
    if type(slot) is bytes:
        slot = _int(slot, "big")
    state, address = c.state, c.msg.storage_address
    if state.is_storage_warm(address, slot):
        left = c.gas_remaining - _WARM
    else:
        state.mark_storage_warm(address, slot)
        left = c.gas_remaining - _COLD
    if left < 0:
        raise OutOfGas("SLOAD")
    c.gas_remaining = left
    values[-1] = state.get_storage(address, slot)


def _sstore(c: Any) -> None:
    if c.msg.is_static:
        raise WriteProtection("SSTORE in a static call")
    if c.gas_remaining <= _STIPEND:
        raise OutOfGas("SSTORE")
    values = c.values
    if len(values) < 2:
        raise InsufficientStack("SSTORE")
    slot, value = values.pop(), values.pop()
    if type(slot) is bytes:
        slot = _int(slot, "big")
    if type(value) is bytes:
        value = _int(value, "big")
    state, address = c.state, c.msg.storage_address
    current = state.get_storage(address, slot)
    gas, refund = _sstore_cost(state.get_storage(address, slot, False), current, value)
    if not state.is_storage_warm(address, slot):
        state.mark_storage_warm(address, slot)
        gas += _COLD
    left = c.gas_remaining - gas
    if left < 0:
        raise OutOfGas("SSTORE")
    c.gas_remaining = left
    c.gas_refunded += refund
    if current != value:
        state.set_storage(address, slot, value)


def _sstore_cost(original: int, current: int, value: int) -> tuple[int, int]:
    """Gas and refund of a write; `original` is the value before the transaction."""
    if current == value:
        return _WARM, 0
    if original == current:
        if original == 0:
            return _SET, 0
        return _RESET, 0 if value else _CLEAR_REFUND
    refund = 0
    if original:
        if current == 0:
            refund -= _CLEAR_REFUND
        if value == 0:
            refund += _CLEAR_REFUND
    if original == value:
        refund += (_RESET if original else _SET) - _WARM
    return _WARM, refund


def _tload(c: Any) -> None:
    left = c.gas_remaining - _WARM
    if left < 0:
        raise OutOfGas("TLOAD")
    c.gas_remaining = left
    values = c.values
    if not values:
        raise InsufficientStack("TLOAD")
    slot = values[-1]
    values[-1] = c.state.get_transient_storage(
        c.msg.storage_address, _int(slot, "big") if type(slot) is bytes else slot
    )


def _tstore(c: Any) -> None:
    left = c.gas_remaining - _WARM
    if left < 0:
        raise OutOfGas("TSTORE")
    c.gas_remaining = left
    if c.msg.is_static:
        raise WriteProtection("TSTORE in a static call")
    values = c.values
    if len(values) < 2:
        raise InsufficientStack("TSTORE")
    slot, value = values.pop(), values.pop()
    if type(slot) is bytes:
        slot = _int(slot, "big")
    c.state.set_transient_storage(c.msg.storage_address, slot, value)


OPCODES = {0x54: _sload, 0x55: _sstore, 0x5C: _tload, 0x5D: _tstore}
