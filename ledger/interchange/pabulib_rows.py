"""From the bytes of a Pabulib file to its sections and rows, one row at a time, each with its line."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

from ledger.errors import FileFormatError
from ledger.interchange.pabulib_values import Place, quote

SECTIONS = ("META", "PROJECTS", "VOTES")
MAX_LINE = 65_536
"""Longest line accepted, in characters."""


class Row(NamedTuple):
    """The cells of one row, without surrounding blanks. `line` is where the row begins, 1-based."""

    line: int
    cells: list[str]


def decode_text(data: bytes, path: str) -> str:
    """Decode UTF-8 with or without byte order mark; refuse an empty file, other encodings and NUL."""
    if not data.strip():
        raise FileFormatError(path, None, "file", "nothing", "the sections META, PROJECTS and VOTES")
    nul = data.find(0)
    if nul >= 0:
        raise FileFormatError(path, data.count(b"\n", 0, nul) + 1, "text", "a NUL byte", "text in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # With a byte order mark the decoder counts from behind it.
        start = error.start + (len(data) - len(error.object))
        line = data.count(b"\n", 0, start) + 1
        raise FileFormatError(path, line, "text", f"byte 0x{data[start]:02x}", "text in UTF-8") from error


class RowReader:
    """Reads a file section by section, in the order META, PROJECTS, VOTES."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        self._rows = self._read_rows(decode_text(data, path))
        self._line = 1
        self._title: Row | None = None

    def open_section(self, title: str) -> tuple[int, list[str]]:
        """Step over a section's title and header lines.

        Shape   the header's line and its column names; the section's rows follow from `rows()`.
        Errors  FileFormatError if another section, other text or the end of the file stands there, or if a column has
                no name or the name of another.
        """
        row = self._title or self._next()
        self._title = None
        if row is None or _title_of(row) != title:
            raise self._place(row, "section").error(_show(row), f"the title line of section {title}")
        header = self._next()
        if header is None or _title_of(header) in SECTIONS:
            raise self._place(header, f"{title} header").error(_show(header), "the names of the columns")
        for index, name in enumerate(header.cells):
            if not name or name in header.cells[:index]:
                raise self._place(header, f"{title} header").error(quote(name), "columns with names of their own")
        return header.line, header.cells

    def rows(self, columns: list[str]) -> Iterator[Row]:
        """Give the rows up to the next section's title or the end, each with as many cells as columns."""
        while (row := self._next()) is not None:
            if _title_of(row) in SECTIONS:
                self._title = row
                return
            if len(row.cells) != len(columns):
                expected = f"{len(columns)} columns ({quote(';'.join(columns))})"
                raise self._place(row, "columns").error(f"{len(row.cells)} columns", expected)
            yield row

    def close(self) -> None:
        """Check that no further section follows."""
        if self._title is not None:
            raise self._place(self._title, "section").error(_show(self._title), "the end of the file")

    def _place(self, row: Row | None, field: str) -> Place:
        return Place(self.path, self._line if row is None else row.line, field)

    def _next(self) -> Row | None:
        return next(self._rows, None)

    def _read_rows(self, text: str) -> Iterator[Row]:
        """Split into rows; blank lines are passed over, quoted cells may run over several lines."""
        reader = csv.reader(self._read_lines(text), delimiter=";", strict=True)
        while True:
            first = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                expected = 'cells parted by ";", inner quotes doubled, lines that end in LF or CRLF'
                raise FileFormatError(self.path, first, "row", str(error), expected) from error
            if cells is None:
                return
            cells = [cell.strip() for cell in cells]
            if cells and cells != [""]:
                yield Row(first, cells)

    def _read_lines(self, text: str) -> Iterator[str]:
        for number, line in enumerate(StringIO(text, newline="\n"), 1):
            if len(line) > MAX_LINE:
                found, expected = f"{len(line)} characters", f"at most {MAX_LINE} characters"
                raise FileFormatError(self.path, number, "line", found, expected)
            self._line = number
            yield line


def _title_of(row: Row) -> str:
    """The row's text in capitals if it has a single cell, as titles do, else nothing."""
    return row.cells[0].upper() if len(row.cells) == 1 else ""


def _show(row: Row | None) -> str:
    return "the end of the file" if row is None else quote(";".join(row.cells))
