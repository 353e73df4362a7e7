"""What a Pabulib file says, once it has been read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ledger.primitives import MinorUnits


class VoteType(Enum):
    """How a ballot is filled in. The values are Pabulib's words."""

    CHOOSE_1 = "choose-1"
    APPROVAL = "approval"
    ORDINAL = "ordinal"
    CUMULATIVE = "cumulative"
    SCORING = "scoring"


class Rule(Enum):
    """Allocation rules that the ledger has, in Pabulib's words; every other word is OTHER."""

    GREEDY = "greedy"
    """By falling result; what does not fit is skipped."""
    GREEDY_NO_SKIP = "greedy-no-skip"
    """By falling result; stops at the first project that does not fit."""
    GREEDY_THRESHOLD = "greedy-threshold"
    GREEDY_EXCLUSIVE = "greedy-exclusive"
    EQUAL_SHARES_ADD1 = "equalshares/add1"
    OTHER = ""
    """`unknown`, or a rule that the ledger does not have; `PabulibFile.rule_text` keeps the word."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a valid ballot may hold; None where the file sets no limit.

    Units   lengths in projects, costs in minor units, points as whole numbers.
    """

    min_length: int | None = None
    max_length: int | None = None
    min_sum_cost: MinorUnits | None = None
    max_sum_cost: MinorUnits | None = None
    min_points: int | None = None
    max_points: int | None = None
    min_sum_points: int | None = None
    max_sum_points: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """One option of the vote, with its official count.

    Shape   `votes`, `score`, `selected`: None where the file does not say. `selected`: 0 no, 1 yes by the rule,
            2 and 3 funded or refused outside the rule, as the file's comment explains.
    """

    id: str
    name: str
    cost_minor: MinorUnits
    votes: int | None
    score: int | None
    selected: int | None
    line: int


@dataclass(frozen=True, slots=True)
class Vote:
    """One ballot.

    Shape   `options`: indices into `PabulibFile.projects`, in the order of the ballot (the first is the most preferred
            in an ordinal one). `points`: one per option, or None where the file gives none.
    """

    voter: str
    options: tuple[int, ...]
    points: tuple[int, ...] | None
    line: int


@dataclass(frozen=True, slots=True)
class Meta:
    """The META section: every entry as text, and the entries with a meaning for the ledger as values.

    Shape   `threshold`: the least result (score, or votes where there is no score) that a winner needs, under whatever
            rule; None without one. `currency`: ISO 4217, `XXX` where the file names none. `default_score`: the points
            of a project that a scoring ballot leaves out.
    """

    entries: Mapping[str, str]
    lines: Mapping[str, int]
    num_projects: int
    num_votes: int
    vote_type: VoteType
    rule: Rule
    rule_text: str
    threshold: int | None
    currency: str
    exponent: int
    budget_minor: MinorUnits
    limits: Limits
    default_score: int


@dataclass(frozen=True, slots=True)
class PabulibFile:
    """A whole vote: what was asked, the projects and every ballot, both in file order."""

    meta: Meta
    projects: tuple[Project, ...]
    votes: tuple[Vote, ...]

    @property
    def winners(self) -> tuple[int, ...] | None:
        """Indices of the projects that the file marks as selected by its rule, or None if it marks none at all."""
        if all(project.selected is None for project in self.projects):
            return None
        return tuple(index for index, project in enumerate(self.projects) if project.selected == 1)
