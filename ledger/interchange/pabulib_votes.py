"""The VOTES section of a Pabulib file: every ballot, checked against the limits of META."""

from collections.abc import Sequence

from ledger.errors import FileFormatError
from ledger.interchange.pabulib_rows import RowReader
from ledger.interchange.pabulib_types import Meta, Project, Vote, VoteType
from ledger.interchange.pabulib_values import Place, parse_integer, quote

_WITH_POINTS = (VoteType.CUMULATIVE, VoteType.SCORING)
_WITHOUT_POINTS = (VoteType.APPROVAL, VoteType.CHOOSE_1)


def read_votes(reader: RowReader, meta: Meta, projects: Sequence[Project]) -> tuple[Vote, ...]:
    """Read the VOTES section, in file order.

    Shape   obligatory columns: voter_id, vote, and points for cumulative and scoring votes; others are passed over.
    Errors  FileFormatError for a voter who stands twice, a ballot outside the limits, or another number than num_votes.
    Source  https://pabulib.org/format, section 3.
    """
    header_line, columns = reader.open_section("VOTES")
    for name in ("voter_id", "vote", *(("points",) if meta.vote_type in _WITH_POINTS else ())):
        if name not in columns:
            raise Place(reader.path, header_line, "VOTES header").error(quote(";".join(columns)), f"a column {name}")
    voter_at, vote_at = columns.index("voter_id"), columns.index("vote")
    points_at = columns.index("points") if "points" in columns else None
    ballots = _BallotReader(reader.path, meta, projects)
    votes: dict[str, Vote] = {}
    for row in reader.rows(columns):
        voter = row.cells[voter_at]
        if not voter or voter in votes:
            raise _voter_error(Place(reader.path, row.line, "voter_id"), voter, votes)
        points_cell = "" if points_at is None else row.cells[points_at]
        votes[voter] = ballots.read(voter, row.cells[vote_at], points_cell, row.line)
    if len(votes) != meta.num_votes:
        place = Place(reader.path, meta.lines["num_votes"], "num_votes")
        raise place.error(str(meta.num_votes), f"{len(votes)}, the number of rows in VOTES (is the file cut?)")
    return tuple(votes.values())


def _voter_error(place: Place, voter: str, votes: dict[str, Vote]) -> FileFormatError:
    if not voter:
        return place.error("nothing", "the id of a voter")
    return place.error(f"{quote(voter)} again", f"a voter once: line {votes[voter].line} has this one already")


class _BallotReader:
    """Reads single ballots of one question."""

    def __init__(self, path: str, meta: Meta, projects: Sequence[Project]) -> None:
        self._path = path
        self._type = meta.vote_type
        self._limits = meta.limits
        self._indices = {project.id: index for index, project in enumerate(projects)}
        self._costs = [project.cost_minor for project in projects]
        self._exponent = meta.exponent
        single = self._type is VoteType.CHOOSE_1
        self._min_length = 1 if single else meta.limits.min_length or 0
        self._max_length = 1 if single else _or(meta.limits.max_length, len(projects))
        self._has_cost_limits = (meta.limits.min_sum_cost, meta.limits.max_sum_cost) != (None, None)

    def read(self, voter: str, vote: str, points: str, line: int) -> Vote:
        """Read one ballot from its cells."""
        options = self._read_options(vote, line)
        return Vote(voter, options, self._read_points(points, len(options), line), line)

    def _read_options(self, text: str, line: int) -> tuple[int, ...]:
        place = Place(self._path, line, "vote")
        names = [name.strip() for name in text.split(",")] if text else []
        try:
            options = tuple([self._indices[name] for name in names])
        except KeyError as error:
            raise place.error(quote(error.args[0]), "the id of a project in PROJECTS") from None
        if len(set(options)) != len(options):
            raise place.error(quote(text), "every project at most once")
        if not self._min_length <= len(options) <= self._max_length:
            expected = f"{self._min_length} to {self._max_length} projects (min_length, max_length)"
            raise place.error(f"{len(options)} projects", expected)
        if self._has_cost_limits:
            self._check_cost(options, place)
        return options

    def _check_cost(self, options: tuple[int, ...], place: Place) -> None:
        total = sum(self._costs[option] for option in options)
        low, high = self._limits.min_sum_cost, self._limits.max_sum_cost
        unit = f"in units of 10^-{self._exponent}"
        if low is not None and total < low:
            raise place.error(f"projects that cost {total} together", f"at least min_sum_cost {low}, {unit}")
        if high is not None and total > high:
            raise place.error(f"projects that cost {total} together", f"at most max_sum_cost {high}, {unit}")

    def _read_points(self, text: str, length: int, line: int) -> tuple[int, ...] | None:
        if not text and self._type not in _WITH_POINTS:
            return None
        place = Place(self._path, line, "points")
        if self._type in _WITHOUT_POINTS:
            raise place.error(quote(text), f"no points in a vote of type {self._type.value}")
        points = tuple([parse_integer(part.strip(), place) for part in text.split(",")]) if text else ()
        if len(points) != length:
            raise place.error(f"{len(points)} values", f"{length}, one for each project of the vote")
        self._check_points(points, place)
        return points

    def _check_points(self, points: tuple[int, ...], place: Place) -> None:
        limits = self._limits
        signed = self._type is VoteType.SCORING
        low = limits.min_points if limits.min_points is not None or signed else 0
        for value in points:
            if low is not None and value < low:
                raise place.error(str(value), f"at least {low} points for a project")
            if limits.max_points is not None and value > limits.max_points:
                raise place.error(str(value), f"at most max_points {limits.max_points} for a project")
        total = sum(points)
        if limits.min_sum_points is not None and total < limits.min_sum_points:
            raise place.error(f"{total} points in all", f"at least min_sum_points {limits.min_sum_points}")
        if limits.max_sum_points is not None and total > limits.max_sum_points:
            raise place.error(f"{total} points in all", f"at most max_sum_points {limits.max_sum_points}")


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
