"""Roll files: CSV with a stated header, read strictly, every error with its line."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ledger.errors import FileFormatError
from ledger.primitives import Address
from scripts.terminal.addresses import AddressError, read_address

MEMBERS_HEADER = ("account", "commitment")
SEATS_HEADER = ("seat_key",)
COMMITMENT_LENGTH = 28
MAX_ROWS = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member's account and her salted commitment (28 bytes). `line`: in its file, from 1."""

    line: int
    account: Address
    commitment: bytes


@dataclass(frozen=True, slots=True)
class SeatRow:
    """The key of a seat."""

    line: int
    key: Address


def read_roll_file(path: Path) -> list[MemberRow] | list[SeatRow]:
    """Read members or seats, whichever the header says.

    Errors  FileFormatError(path, line, field): encoding, header, number of columns, an address or commitment that is
            none, one that stands twice, no rows or more than MAX_ROWS.
    """
    name = str(path)
    rows = _rows(name, path.read_bytes())
    line, header = next(rows, (1, ()))
    if header == MEMBERS_HEADER:
        return _unique(
            name, [_member(name, *row) for row in _checked(name, rows, 2)], lambda row: row.account, "account"
        )
    if header == SEATS_HEADER:
        return _unique(name, [_seat(name, *row) for row in _checked(name, rows, 1)], lambda row: row.key, "seat_key")
    expected = f"{','.join(MEMBERS_HEADER)} or {','.join(SEATS_HEADER)}"
    raise FileFormatError(name, line, "header", repr(",".join(header)[:60]), expected)


def _rows(name: str, data: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, columns) of every row that is not empty."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileFormatError(name, line, "encoding", f"byte 0x{data[error.start]:02x}", "UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, tuple(row)
    except csv.Error as error:
        raise FileFormatError(name, reader.line_num, "row", str(error), "comma-separated values") from error


def _checked(
    name: str, rows: Iterator[tuple[int, tuple[str, ...]]], columns: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    count = 0
    for line, row in rows:
        count += 1
        if len(row) != columns:
            raise FileFormatError(name, line, "columns", str(len(row)), str(columns))
        if count > MAX_ROWS:
            raise FileFormatError(name, line, "rows", f"more than {MAX_ROWS}", f"at most {MAX_ROWS}")
        yield line, row
    if not count:
        raise FileFormatError(name, None, "rows", "none", "at least one after the header")


def _member(name: str, line: int, row: tuple[str, ...]) -> MemberRow:
    account, text = row
    return MemberRow(line, _address(name, line, "account", account), _commitment(name, line, text))


def _seat(name: str, line: int, row: tuple[str, ...]) -> SeatRow:
    return SeatRow(line, _address(name, line, "seat_key", row[0]))


def _address(name: str, line: int, field: str, text: str) -> Address:
    try:
        return read_address(text, field)
    except AddressError as error:
        raise FileFormatError(name, line, field, repr(text[:60]), error.detail.partition("expected ")[2]) from error


def _commitment(name: str, line: int, text: str) -> bytes:
    try:
        data = bytes.fromhex(text.removeprefix("0x")) if text.startswith("0x") else b""
    except ValueError:
        data = b""
    if len(data) != COMMITMENT_LENGTH or data == bytes(COMMITMENT_LENGTH):
        raise FileFormatError(
            name, line, "commitment", repr(text[:70]), f"0x and {2 * COMMITMENT_LENGTH} hex digits, not all zero"
        )
    return data


def _unique(name: str, rows: list[T], key: Callable[[T], bytes], field: str) -> list[T]:
    first: dict[bytes, int] = {}
    for row in rows:
        line: int = row.line  # type: ignore[attr-defined]  # both kinds of rows have one
        if key(row) in first:
            raise FileFormatError(
                name, line, field, f"0x{key(row).hex()}, which stands in line {first[key(row)]} too", "each once"
            )
        first[key(row)] = line
    return rows
