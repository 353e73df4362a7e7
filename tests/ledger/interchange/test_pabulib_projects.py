"""PROJECTS rows, good and bad."""

import pytest

from ledger.interchange.pabulib import MAX_PROJECTS, parse_pabulib
from tests.ledger.interchange.pabulib_text import pb, refusal

HEADER = "project_id;cost;votes;score;selected"


def projects(second: str) -> tuple[str, ...]:
    return (HEADER, "p1;400;1;2;1", second, "p3;600;;;")


def test_official_figures__given_or_empty__are_read_or_none() -> None:
    file = parse_pabulib(pb(projects("p2;500;0;-4;2")), "town.pb")
    found = [(project.votes, project.score, project.selected) for project in file.projects]
    assert found == [(1, 2, 1), (0, -4, 2), (None, None, None)]
    assert file.winners == (0,)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("p2;-500;1;2;1", "cost"),
        ("p2;;1;2;1", "cost"),
        ("p2;0;1;2;1", "cost"),
        ("p2;0.00;1;2;1", "cost"),
        ("p2;.;1;2;1", "cost"),
        ("p2;5,00;1;2;1", "cost"),
        ("p2;five;1;2;1", "cost"),
        ("p2;500.001;1;2;1", "cost"),
        ("p2;+5;1;2;1", "cost"),
        ("p2;nan;1;2;1", "cost"),
        ("p2;500;1.5;2;1", "votes"),
        ("p2;500;-1;2;1", "votes"),
        ("p2;500;1;2.5;1", "score"),
        ("p2;500;1;2;4", "selected"),
        ("p2;500;1;2;yes", "selected"),
        (";500;1;2;1", "project_id"),
        ("p1,p2;500;1;2;1", "project_id"),
    ],
)
def test_cell__bad__names_line_and_column(row: str, field: str) -> None:
    facts = refusal(pb(projects(row)))
    assert (facts["line"], facts["field"]) == (12, field)


def test_project_id__twice__names_both_lines() -> None:
    facts = refusal(pb((HEADER, "p1;400;1;2;1", "p2;500;1;2;1", "p1;600;;;")))
    assert (facts["line"], facts["field"], facts["found"]) == (13, "project_id", "'p1' again")
    assert "line 11" in facts["expected"]


@pytest.mark.parametrize("column", ["project_id", "cost"])
def test_column__obligatory_and_missing__is_refused(column: str) -> None:
    rows = [row.replace(column, "other") for row in projects("p2;500;1;2;1")]
    facts = refusal(pb(rows))
    assert (facts["line"], facts["field"], facts["expected"]) == (10, "PROJECTS header", f"a column {column}")


@pytest.mark.parametrize("number", ["2", "4"])
def test_num_projects__other_than_the_rows__is_refused(number: str) -> None:
    facts = refusal(pb(meta={"num_projects": number}))
    assert (facts["line"], facts["field"], facts["found"]) == (3, "num_projects", number)
    assert facts["expected"].startswith("3,")


def many(number: int) -> list[str]:
    return ["project_id;cost", *(f"p{index};1" for index in range(1, number + 1))]


def test_projects__as_many_as_a_question_holds__are_read() -> None:
    file = parse_pabulib(pb(many(MAX_PROJECTS), meta={"num_projects": str(MAX_PROJECTS)}), "town.pb")
    assert len(file.projects) == 255


def test_projects__more_than_a_question_holds__are_refused() -> None:
    facts = refusal(pb(many(MAX_PROJECTS + 1), meta={"num_projects": str(MAX_PROJECTS)}))
    assert (facts["line"], facts["found"]) == (10 + 256, "project 256")
    assert "255" in facts["expected"]


def test_projects__none_at_all__are_refused() -> None:
    facts = refusal(pb(many(0), meta={"num_projects": "0"}))
    assert (facts["line"], facts["field"], facts["found"]) == (3, "num_projects", "0")
