"""Whole files: the real ones, and the ways in which the same file may be written."""

import time
from pathlib import Path

import pytest

from ledger.interchange.pabulib import PabulibFile, Rule, VoteType, parse_pabulib
from tests.ledger.interchange.pabulib_text import pb
from tests.paths import pabulib_dir

GDYNIA = "Poland_Gdynia_2021.pb"
REAL = {
    "France_Toulouse_2022_17_-_Mirail-Universite_Reynerie_Bellefontaine.pb": (
        10,
        93,
        VoteType.APPROVAL,
        40_000_000,
        "EUR",
    ),
    "Netherlands_Amsterdam_643.pb": (3, 66, VoteType.CHOOSE_1, 572_000, "EUR"),
    "Netherlands_Assen_2024.pb": (14, 84, VoteType.APPROVAL, 10_000_000, "EUR"),
    "Poland_Gdansk_2020_Rudniki.pb": (2, 163, VoteType.CUMULATIVE, 14_900_000, "PLN"),
    GDYNIA: (6, 23_597, VoteType.APPROVAL, 100_051_700, "PLN"),
    "Poland_Krakow_2018_Wzgorza_Krzeslawickie.pb": (8, 755, VoteType.ORDINAL, 12_800_000, "PLN"),
}


def load(name: str) -> PabulibFile:
    return parse_pabulib((pabulib_dir() / name).read_bytes(), name)


def count_votes(file: PabulibFile) -> list[tuple[int, int]]:
    """Votes and score of every project, counted as Pabulib's checker does: points, or n for the first of n ranked."""
    counts = [(0, 0)] * len(file.projects)
    for vote in file.votes:
        points = vote.points
        if points is None:
            ranked = file.meta.vote_type is VoteType.ORDINAL
            points = tuple(range(len(vote.options), 0, -1)) if ranked else (1,) * len(vote.options)
        for option, value in zip(vote.options, points, strict=True):
            votes, score = counts[option]
            counts[option] = (votes + 1, score + value)
    return counts


def assert_official_counts(file: PabulibFile) -> None:
    counts = count_votes(file)
    assert [project.votes for project in file.projects] == [votes for votes, _ in counts]
    if any(project.score is not None for project in file.projects):
        assert [project.score for project in file.projects] == [score for _, score in counts]


def test_real_files__listed_here__are_all_there_are() -> None:
    assert {path.name for path in Path(pabulib_dir()).glob("*.pb")} == set(REAL)


@pytest.mark.parametrize("name", REAL)
def test_real_file__parsed__gives_its_size_type_and_money(name: str) -> None:
    file = load(name)
    found = (len(file.projects), len(file.votes), file.meta.vote_type, file.meta.budget_minor, file.meta.currency)
    assert found == REAL[name]
    assert file.meta.exponent == 2


@pytest.mark.parametrize("name", REAL)
def test_real_file__recounted__gives_the_official_votes_and_scores(name: str) -> None:
    assert_official_counts(load(name))


def test_real_file__with_marked_winners__names_them() -> None:
    gdynia, assen = load(GDYNIA), load("Netherlands_Assen_2024.pb")
    assert (gdynia.meta.rule, gdynia.meta.threshold, gdynia.winners) == (Rule.GREEDY_NO_SKIP, 1000, (0,))
    assert (assen.meta.rule, assen.meta.threshold) == (Rule.EQUAL_SHARES_ADD1, None)
    assert assen.winners is not None
    assert [assen.projects[index].id for index in assen.winners] == ["3", "9", "2", "11", "13", "14", "5", "6", "12"]


def test_real_file__without_marked_winners__gives_none() -> None:
    assert load("Netherlands_Amsterdam_643.pb").winners is None


def test_gdynia__23597_ballots__parses_in_half_a_second() -> None:
    data = (pabulib_dir() / GDYNIA).read_bytes()
    seconds = []
    for _ in range(3):
        start = time.process_time()
        parse_pabulib(data, GDYNIA)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.5


def test_projects_and_votes__parsed__keep_file_order_and_lines() -> None:
    file = parse_pabulib(pb(), "town.pb")
    assert [(project.id, project.name, project.cost_minor, project.line) for project in file.projects] == [
        ("p1", "Benches", 40_000, 11),
        ("p2", "Trees", 50_050, 12),
        ("p3", "Lamps", 60_000, 13),
    ]
    assert [(vote.voter, vote.options, vote.points, vote.line) for vote in file.votes] == [
        ("v1", (0, 1), None, 16),
        ("v2", (2,), None, 17),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + pb(),
        pb().replace(b"\n", b"\r\n"),
        pb().rstrip(b"\n"),
        pb() + b"\n\n",
        pb().replace(b";", b" ; "),
        pb().replace(b"p1,p2", b"p1 , p2"),
        pb().replace(b"META", b"Meta"),
        pb().replace(b"v1;", b'"v1";'),
    ],
    ids=["BOM", "CRLF", "no last line end", "blank last lines", "blanks", "blanks in a list", "title case", "quotes"],
)
def test_same_file__written_another_way__parses_the_same(data: bytes) -> None:
    assert parse_pabulib(data, "town.pb").votes == parse_pabulib(pb(), "town.pb").votes
    assert parse_pabulib(data, "town.pb").meta.entries == parse_pabulib(pb(), "town.pb").meta.entries


def test_columns__in_another_order_and_unknown__are_found_by_name() -> None:
    projects = ("latitude;name;project_id;cost", ";Benches;p1;400", "5.2;Trees;p2;500.50", ";Lamps;p3;600")
    file = parse_pabulib(pb(projects, ("age;vote;voter_id", "20;p1,p2;v1", ";p3;v2")), "town.pb")
    assert [project.cost_minor for project in file.projects] == [40_000, 50_050, 60_000]
    assert [vote.options for vote in file.votes] == [(0, 1), (2,)]


def test_name__with_markup_semicolon_quotes_and_line_end__is_text() -> None:
    projects = ("project_id;cost;name", 'p1;400;"<b>A</b>; ""B""\nC"', "p2;500;", "p3;600;Lamps")
    file = parse_pabulib(pb(projects), "town.pb")
    assert [project.name for project in file.projects] == ['<b>A</b>; "B"\nC', "", "Lamps"]
    assert [project.line for project in file.projects] == [11, 13, 14]
