"""Strict reading of JSON: every member named, typed, in one spelling, and none left over."""

from collections.abc import Callable
from typing import Any, TypeVar

from ledger.errors import BadInputError
from ledger.primitives import to_hex

T = TypeVar("T")


class ReceiptError(BadInputError):
    """A file that is no receipt; `detail` names the member."""

    type = "bad-receipt"


class Members:
    """The members of one JSON object, each read once."""

    def __init__(self, value: Any, name: str) -> None:
        if not isinstance(value, dict):
            raise ReceiptError(f"{name}: a {type(value).__name__}, expected an object")
        self._left = dict(value)
        self._name = name

    def take(self, member: str, kind: type[T]) -> T:
        if member not in self._left:
            raise ReceiptError(f"{self._name}.{member}: missing")
        value = self._left.pop(member)
        if type(value) is not kind:
            raise ReceiptError(f"{self._name}.{member}: a {type(value).__name__}, expected a {kind.__name__}")
        return value

    def number(self, member: str, limit: int = 2**256) -> int:
        value = self.take(member, int)
        if not 0 <= value < limit:
            raise ReceiptError(f"{self._name}.{member}: {value}, expected 0 to {limit - 1}")
        return value

    def take_hex(self, member: str, length: int | None = None) -> bytes:
        return read_hex(self.take(member, str), f"{self._name}.{member}", length)

    def read(self, member: str, reader: Callable[[Any], T]) -> T:
        if member not in self._left:
            raise ReceiptError(f"{self._name}.{member}: missing")
        return reader(self._left.pop(member))

    def done(self) -> None:
        if self._left:
            raise ReceiptError(f"{self._name}: unknown member {min(self._left)!r}")


def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One JSON object; readers of a member that stands twice could differ in which they take. Errors: ReceiptError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ReceiptError(f"receipt: {next(n for n in names if names.count(n) > 1)!r} stands twice")
    return found


def read_hex(value: Any, name: str, length: int | None = None) -> bytes:
    """Lower-case `0x` hex only, so that one receipt has one spelling.

    Errors  ReceiptError, which never repeats the value: it may be a choice.
    """
    try:
        data = bytes.fromhex(value[2:])
    except (TypeError, ValueError) as error:
        raise ReceiptError(f"{name}: something else, expected 0x hex") from error
    if to_hex(data) != value or (length is not None and len(data) != length):
        raise ReceiptError(f"{name}: expected {'' if length is None else f'{length} bytes of '}lower-case 0x hex")
    return data


def read_quantity(text: str, base: int, name: str) -> int:
    """A number as text. Errors: ReceiptError, which does not repeat it: it may be a word of ballots."""
    try:
        number = int(text, base)
    except ValueError as error:
        raise ReceiptError(f"{name}: something else, expected a number") from error
    if not 0 <= number < 2**256 or text != (hex(number) if base == 16 else str(number)):
        raise ReceiptError(f"{name}: expected a number below 2^256 in its shortest form")
    return number


def read_enum(kind: type[T], value: Any, name: str) -> T:
    try:
        # A boolean is an integer to Python, and 1.0 equals 1: neither is a number of the format.
        return kind(value if type(value) is int else None)  # type: ignore[call-arg]
    except ValueError as error:
        raise ReceiptError(f"{name}: {value!r}, expected one of its numbers") from error
