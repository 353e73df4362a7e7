"""Roll files: strict, each error with its line."""

from pathlib import Path

import pytest

from ledger.errors import FileFormatError
from scripts.people import rolls
from scripts.people.rolls import MemberRow, SeatRow, read_roll_file

A, B = "0x" + "a1" * 20, "0x" + "b2" * 20
C, D = "0x" + "c3" * 28, "0x" + "d4" * 28


def written(path: Path, data: str | bytes) -> Path:
    file = path / "roll.csv"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_read__members__are_rows_with_their_lines(tmp_path: Path, end: str, mark: bytes) -> None:
    text = end.join(["account,commitment", f"{A},{C}", "", f'"{B}",{D}', ""])
    found = read_roll_file(written(tmp_path, mark + text.encode()))
    assert found == [
        MemberRow(2, bytes.fromhex(A[2:]), bytes.fromhex(C[2:])),
        MemberRow(4, bytes.fromhex(B[2:]), bytes.fromhex(D[2:])),
    ]


def test_read__seats__are_rows_with_their_lines(tmp_path: Path) -> None:
    assert read_roll_file(written(tmp_path, f"seat_key\n{A}\n{B}")) == [
        SeatRow(2, bytes.fromhex(A[2:])),
        SeatRow(3, bytes.fromhex(B[2:])),
    ]


@pytest.mark.parametrize(
    ("data", "line", "field"),
    [
        ("", 1, "header"),
        ("account;commitment\n", 1, "header"),
        ("Account,Commitment\n", 1, "header"),
        (f"{A},{C}\n", 1, "header"),
        ("seat_key\n", None, "rows"),
        (f"seat_key\n{A},{B}\n", 2, "columns"),
        (f"account,commitment\n{A}\n", 2, "columns"),
        (f"account,commitment\n{A},{C}\n{A},{D}\n", 3, "account"),
        (f"seat_key\n{A}\n\n{A.upper().replace('X', 'x')}\n", 4, "seat_key"),
        (f"seat_key\n{A[:-1]}\n", 2, "seat_key"),
        (f"seat_key\n{A}0\n", 2, "seat_key"),
        ("seat_key\n0x" + "00" * 20 + "\n", 2, "seat_key"),
        (f"seat_key\n={A}\n", 2, "seat_key"),
        (f"account,commitment\n{A},\n", 2, "commitment"),
        (f"account,commitment\n{A},{C}00\n", 2, "commitment"),
        (f"account,commitment\n{A},0x{'00' * 28}\n", 2, "commitment"),
        (f"account,commitment\n{A},{'c3' * 28}\n", 2, "commitment"),
        (b"seat_key\n\xff\xfe\n", 2, "encoding"),
        (f"seat_key\n{A}\n".encode("utf-16"), 1, "encoding"),
        ('seat_key\n"unfinished\n', 2, "row"),
        ("seat_key\n\0\n", 2, "seat_key"),
    ],
)
def test_read__bad_file__names_line_and_field(tmp_path: Path, data: str | bytes, line: int | None, field: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_roll_file(written(tmp_path, data))
    facts = caught.value.facts
    assert (facts["line"], facts["field"]) == (line, field)
    assert facts["path"] == str(tmp_path / "roll.csv")


def test_read__more_rows_than_a_roll_may_have__is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolls, "MAX_ROWS", 2)
    keys = "\n".join(f"0x{n:040x}" for n in range(1, 4))
    with pytest.raises(FileFormatError, match="more than 2"):
        read_roll_file(written(tmp_path, f"seat_key\n{keys}\n"))


def test_read__a_hundred_thousand_rows__are_read(tmp_path: Path) -> None:
    keys = "\n".join(f"0x{n:040x}" for n in range(1, 100_001))
    assert len(read_roll_file(written(tmp_path, f"seat_key\n{keys}\n"))) == 100_000
