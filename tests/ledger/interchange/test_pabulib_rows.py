"""Bytes, lines, cells and sections that are not a Pabulib file."""

import pytest

from ledger.interchange.pabulib_rows import MAX_LINE
from tests.ledger.interchange.pabulib_text import PROJECTS, VOTES, line_of, pb, pb_lines, refusal


@pytest.mark.parametrize("data", [b"", b"\n \r\n"])
def test_file__empty__is_refused_as_a_whole(data: bytes) -> None:
    facts = refusal(data)
    assert (facts["line"], facts["field"], facts["found"]) == (None, "file", "nothing")


def test_file__byte_order_mark_alone__lacks_its_first_section() -> None:
    assert refusal(b"\xef\xbb\xbf")["found"] == "the end of the file"


def test_text__not_utf8__names_the_line_and_byte() -> None:
    data = pb(("project_id;cost;name", "p1;400;Ławki", "p2;500;b", "p3;600;c")).decode().encode("iso8859-2")
    facts = refusal(data)
    assert (facts["line"], facts["field"], facts["found"]) == (11, "text", "byte 0xa3")


def test_text__not_utf8_behind_a_byte_order_mark__names_the_line_and_byte() -> None:
    facts = refusal(b"\xef\xbb\xbf" + pb().replace(b"Lamps", b"\xff"))
    assert (facts["line"], facts["found"]) == (13, "byte 0xff")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be"])
def test_text__in_a_wide_encoding__is_refused_on_line_one(encoding: str) -> None:
    assert (refusal(pb().decode().encode(encoding))["line"]) == 1


def test_text__with_nul__names_the_line() -> None:
    facts = refusal(pb().replace(b"Trees", b"Tr\0es"))
    assert (facts["line"], facts["found"]) == (12, "a NUL byte")


@pytest.mark.parametrize("cut", range(len(pb_lines()) - 1))
def test_file__cut_after_any_line__is_refused(cut: int) -> None:
    assert refusal("\n".join(pb_lines()[: cut + 1]).encode())["line"] is not None


def test_file__without_votes__says_which_section_is_missing() -> None:
    data = pb()[: pb().index(b"VOTES")]
    facts = refusal(data)
    assert (facts["line"], facts["field"], facts["found"]) == (13, "section", "the end of the file")
    assert "VOTES" in facts["expected"]


def test_file__without_projects__says_which_section_is_missing() -> None:
    data = "\n".join(["META", "key;value", *pb_lines()[2:8], "VOTES", *VOTES]).encode()
    facts = refusal(data)
    assert (facts["line"], facts["found"]) == (9, "'VOTES'")
    assert "PROJECTS" in facts["expected"]


def test_file__with_text_before_meta__is_refused() -> None:
    facts = refusal(b"description;a vote\n" + pb())
    assert (facts["line"], facts["found"]) == (1, "'description;a vote'")


def test_section__twice__is_refused_where_it_begins_again() -> None:
    data = pb() + b"PROJECTS\n" + "\n".join(PROJECTS).encode()
    facts = refusal(data)
    assert (facts["line"], facts["field"], facts["expected"]) == (18, "section", "the end of the file")


def test_section__without_a_header__is_refused() -> None:
    data = "\n".join([*pb_lines()[:9], "VOTES", *VOTES]).encode()
    facts = refusal(data)
    assert (facts["line"], facts["field"], facts["found"]) == (10, "PROJECTS header", "'VOTES'")


@pytest.mark.parametrize("header", ["project_id;cost;cost", "project_id;cost;"])
def test_header__with_a_repeated_or_empty_name__is_refused(header: str) -> None:
    facts = refusal(pb((header, "p1;1;1", "p2;1;1", "p3;1;1")))
    assert (facts["line"], facts["field"]) == (10, "PROJECTS header")


@pytest.mark.parametrize("row", ["p2;500", "p2;500;Trees;more", "p2"])
def test_row__with_another_number_of_columns__is_refused(row: str) -> None:
    facts = refusal(pb(("project_id;cost;name", "p1;400;Benches", row, "p3;600;Lamps")))
    assert (facts["line"], facts["field"]) == (12, "columns")
    assert facts["expected"] == "3 columns ('project_id;cost;name')"


@pytest.mark.parametrize("cell", ['"Trees', '"Trees" and more'])
def test_cell__with_a_quote_that_is_not_closed_or_ends_early__is_refused_where_its_row_begins(cell: str) -> None:
    data = pb(("project_id;cost;name", "p1;400;Benches", f"p2;500;{cell}", "p3;600;Lamps"))
    facts = refusal(data)
    assert (facts["line"], facts["field"]) == (line_of(data, "p2"), "row")


def test_line_ends__carriage_return_alone__are_refused() -> None:
    facts = refusal(pb().replace(b"\n", b"\r"))
    assert (facts["line"], facts["field"]) == (1, "row")


def test_line__longer_than_the_bound__is_refused() -> None:
    name = "x" * (MAX_LINE - len("p2;500;\n"))
    assert b"x" in pb(("project_id;cost;name", "p1;4;a", f"p2;500;{name}", "p3;6;c"))
    facts = refusal(pb(("project_id;cost;name", "p1;4;a", f"p2;500;{name}x", "p3;6;c")))
    assert (facts["line"], facts["field"], facts["found"]) == (12, "line", f"{MAX_LINE + 1} characters")
