"""VOTES rows against the limits that META sets."""

import pytest

from ledger.interchange.pabulib import Vote, parse_pabulib
from tests.ledger.interchange.pabulib_text import VOTES, pb, refusal


def voted(row: str, header: str = "voter_id;vote", **meta: str | None) -> bytes:
    """A file with one ballot."""
    return pb(votes=(header, row), meta={"num_votes": "1", **meta})


def pointed(row: str, vote_type: str = "cumulative", **meta: str | None) -> bytes:
    """A file with one ballot that gives points."""
    defaults = {"max_sum_points": "10"} if vote_type == "cumulative" else {}
    return voted(row, "voter_id;vote;points", **(defaults | {"vote_type": vote_type} | meta))


def only_vote(data: bytes) -> Vote:
    (vote,) = parse_pabulib(data, "town.pb").votes
    return vote


@pytest.mark.parametrize("cell", ["p9", "P1", "p1,", "p1,,p2", "p1 p2", "p1.p2"])
def test_vote__for_an_unknown_project__is_refused(cell: str) -> None:
    facts = refusal(voted(f"v;{cell}"))
    assert (facts["line"], facts["field"], facts["expected"]) == (16, "vote", "the id of a project in PROJECTS")


def test_vote__same_project_twice__is_refused() -> None:
    facts = refusal(voted("v;p1,p2,p1"))
    assert (facts["line"], facts["field"], facts["found"]) == (16, "vote", "'p1,p2,p1'")


@pytest.mark.parametrize(
    ("cell", "meta"),
    [
        ("p1,p2,p3", {"max_length": "2"}),
        ("p1", {"min_length": "2"}),
        ("", {"min_length": "1"}),
        ("p1,p2", {"vote_type": "choose-1"}),
        ("", {"vote_type": "choose-1"}),
        ("p1", {"max_length": "0"}),
    ],
)
def test_vote__with_too_many_or_too_few_projects__is_refused(cell: str, meta: dict[str, str]) -> None:
    facts = refusal(voted(f"v;{cell}", **meta))
    number = len(cell.split(",")) if cell else 0
    assert (facts["field"], facts["found"]) == ("vote", f"{number} projects")


@pytest.mark.parametrize("minimum", [None, "0"])
def test_vote__empty_where_no_minimum_is_set__is_a_ballot(minimum: str | None) -> None:
    assert only_vote(voted("v;", min_length=minimum)).options == ()


def test_vote__at_the_limits__is_a_ballot() -> None:
    assert only_vote(voted("v;p1,p3", min_length="2", max_length="2", min_sum_cost="1000", max_sum_cost="1000")).options


@pytest.mark.parametrize(("key", "value"), [("max_sum_cost", "999.99"), ("min_sum_cost", "1000.01")])
def test_vote__outside_the_sum_of_costs__is_refused(key: str, value: str) -> None:
    facts = refusal(voted("v;p1,p3", **{key: value}))
    assert (facts["field"], facts["found"]) == ("vote", "projects that cost 100000 together")


def test_voter__twice__names_both_lines() -> None:
    facts = refusal(pb(votes=("voter_id;vote", "v1;p1", "v1;p2")))
    assert (facts["line"], facts["field"], facts["found"]) == (17, "voter_id", "'v1' again")
    assert "line 16" in facts["expected"]


def test_voter__without_id__is_refused() -> None:
    facts = refusal(voted(";p1"))
    assert (facts["line"], facts["field"], facts["found"]) == (16, "voter_id", "nothing")


@pytest.mark.parametrize("number", ["1", "3"])
def test_num_votes__other_than_the_rows__is_refused(number: str) -> None:
    facts = refusal(pb(meta={"num_votes": number}))
    assert (facts["line"], facts["field"], facts["found"]) == (4, "num_votes", number)
    assert facts["expected"].startswith("2,")


def test_num_votes__none_and_no_rows__is_an_empty_vote() -> None:
    assert parse_pabulib(pb(votes=VOTES[:1], meta={"num_votes": "0"}), "town.pb").votes == ()


@pytest.mark.parametrize("column", ["voter_id", "vote"])
def test_column__obligatory_and_missing__is_refused(column: str) -> None:
    facts = refusal(voted("v;p1", "voter_id;vote".replace(column, "other", 1 if column == "voter_id" else -1)))
    assert (facts["line"], facts["field"]) == (15, "VOTES header")


@pytest.mark.parametrize("vote_type", ["cumulative", "scoring"])
def test_points__column_missing_where_needed__is_refused(vote_type: str) -> None:
    facts = refusal(voted("v;p1", vote_type=vote_type, max_sum_points="10"))
    assert (facts["field"], facts["expected"]) == ("VOTES header", "a column points")


@pytest.mark.parametrize(
    ("data", "points"),
    [
        (pointed("v;p1,p2;7,3"), (7, 3)),
        (pointed("v;p1,p2;7.0, 3"), (7, 3)),
        (pointed("v;;"), ()),
        (pointed("v;p1,p2;5,-5", "scoring"), (5, -5)),
        (pointed("v;p1,p2;2,1", "ordinal"), (2, 1)),
        (pointed("v;p1,p2;", "ordinal"), None),
        (pointed("v;p1,p2;", "approval"), None),
    ],
)
def test_points__within_the_limits__are_read(data: bytes, points: tuple[int, ...] | None) -> None:
    assert only_vote(data).points == points


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pointed("v;p1,p2;7"), "1 values"),
        (pointed("v;p1,p2;"), "0 values"),
        (pointed("v;p1;1,2"), "2 values"),
        (pointed("v;p1;1", "approval"), "'1'"),
        (pointed("v;p1;1", "choose-1"), "'1'"),
        (pointed("v;p1;one"), "'one'"),
        (pointed("v;p1;1.5"), "'1.5'"),
        (pointed("v;p1,p2;1,"), "nothing"),
        (pointed("v;p1;-1"), "-1"),
        (pointed("v;p1;-1", min_points="0"), "-1"),
        (pointed("v;p1;-4", "scoring", min_points="-3"), "-4"),
        (pointed("v;p1;6", max_points="5"), "6"),
        (pointed("v;p1;6", "scoring", max_points="5"), "6"),
        (pointed("v;p1,p2;6,5"), "11 points in all"),
        (pointed("v;p1,p2;1,1", min_sum_points="3"), "2 points in all"),
        (pointed("v;p1;99999999999999999999"), "'99999999999999999999'"),
    ],
)
def test_points__bad__are_refused_on_their_line(data: bytes, found: str) -> None:
    facts = refusal(data)
    line = next(number for number, text in enumerate(data.split(b"\n"), 1) if text.startswith(b"v;"))
    assert (facts["line"], facts["field"], facts["found"]) == (line, "points", found)
