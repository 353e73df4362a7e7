"""Pabulib `.pb` files: a whole participatory-budget vote (question, projects, ballots) in one text file."""

from ledger.interchange.pabulib_meta import MAX_PROJECTS, read_meta
from ledger.interchange.pabulib_projects import read_projects
from ledger.interchange.pabulib_rows import RowReader
from ledger.interchange.pabulib_types import Limits, Meta, PabulibFile, Project, Rule, Vote, VoteType
from ledger.interchange.pabulib_votes import read_votes

__all__ = [
    "MAX_PROJECTS",
    "Limits",
    "Meta",
    "PabulibFile",
    "Project",
    "Rule",
    "Vote",
    "VoteType",
    "parse_pabulib",
]


def parse_pabulib(data: bytes, path: str) -> PabulibFile:
    """Read and check a Pabulib file in one pass.

    Shape   data: the file's bytes, UTF-8 with or without byte order mark, lines ended by LF or CRLF; path: only named
            in errors. Result: projects and votes in file order.
    Units   money in minor units of the file's currency.
    Errors  FileFormatError(path, line, field, found, expected) for the first thing that breaks the format or the limits
            that the file itself sets.
    Source  https://pabulib.org/format.
    """
    reader = RowReader(data, path)
    meta = read_meta(reader)
    projects = read_projects(reader, meta)
    votes = read_votes(reader, meta, projects)
    reader.close()
    return PabulibFile(meta, projects, votes)
