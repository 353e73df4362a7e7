"""Fields of the genesis JSON, read as geth reads them, with errors that name the field."""

from collections.abc import Mapping
from typing import Any

from ledger.errors import BadInputError
from ledger.primitives import Address


class GenesisError(BadInputError):
    """A genesis that no ledger can start from."""

    type = "bad-genesis"

    def __init__(self, field: str, found: str, expected: str) -> None:
        super().__init__(
            f"genesis: {field}: found {found}, expected {expected}", field=field, found=found, expected=expected
        )


def read_mapping(value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise GenesisError(field, _name(value), "a JSON object")
    return value


def read_number(value: Any, field: str, limit: int = 1 << 256) -> int:
    """Read an unsigned number below `limit`: a JSON integer, a decimal or a 0x string."""
    try:
        if isinstance(value, str):
            number = int(value, 16) if value[:2].lower() == "0x" else int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            raise GenesisError(field, _name(value), "a number")
    except ValueError as error:
        raise GenesisError(field, repr(value), "a number") from error
    if not 0 <= number < limit:
        raise GenesisError(field, str(number), f"0 to {limit - 1}")
    return number


def read_bytes(value: Any, field: str, size: int | None = None) -> bytes:
    """Read hexadecimal digits after 0x; shorter values are padded on the left when `size` is given."""
    if not isinstance(value, str):
        raise GenesisError(field, _name(value), "a hexadecimal string")
    digits = value[2:] if value[:2].lower() == "0x" else value
    if size is not None and len(digits) < 2 * size:
        digits = digits.rjust(2 * size, "0")
    try:
        data = bytes.fromhex(digits)
    except ValueError as error:
        raise GenesisError(field, repr(value[:40]), "hexadecimal digits, two for each byte") from error
    if size is not None and len(data) != size:
        raise GenesisError(field, f"{len(data)} bytes", f"{size} bytes")
    return data


def read_address(value: Any, field: str) -> Address:
    data = read_bytes(value, field)
    if len(data) != 20:
        raise GenesisError(field, f"{len(data)} bytes", "an address of 20 bytes")
    return Address(data)


def _name(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {value!r}"
