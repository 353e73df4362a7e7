"""A small valid Pabulib file that tests bend, and how they catch the refusal."""

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.errors import FileFormatError
from ledger.interchange.pabulib import parse_pabulib

META = {
    "num_projects": "3",
    "num_votes": "2",
    "budget": "1000",
    "vote_type": "approval",
    "rule": "greedy",
    "currency": "PLN",
}
PROJECTS = ("project_id;cost;name", "p1;400;Benches", "p2;500.50;Trees", "p3;600;Lamps")
VOTES = ("voter_id;vote", "v1;p1,p2", "v2;p3")


def pb_lines(
    projects: Sequence[str] = PROJECTS, votes: Sequence[str] = VOTES, meta: dict[str, str | None] | None = None
) -> list[str]:
    """The lines of the valid file, with META entries changed, added, or (None) left out."""
    entries = {key: value for key, value in (META | (meta or {})).items() if value is not None}
    return [
        "META",
        "key;value",
        *(f"{key};{value}" for key, value in entries.items()),
        "PROJECTS",
        *projects,
        "VOTES",
        *votes,
    ]


def pb(
    projects: Sequence[str] = PROJECTS, votes: Sequence[str] = VOTES, meta: dict[str, str | None] | None = None
) -> bytes:
    """The bytes of `pb_lines`, LF at every end."""
    return ("\n".join(pb_lines(projects, votes, meta)) + "\n").encode()


def refusal(data: bytes) -> dict[str, Any]:
    """Parse, and give the facts of the refusal that must follow."""
    with pytest.raises(FileFormatError) as caught:
        parse_pabulib(data, "town.pb")
    assert caught.value.facts["path"] == "town.pb"
    return caught.value.facts


def line_of(data: bytes, start: str) -> int:
    """The number of the only line that begins with `start`."""
    (number,) = [number for number, line in enumerate(data.decode().splitlines(), 1) if line.startswith(start)]
    return number
