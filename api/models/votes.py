"""Votes and results."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from api.models.base import AddressText, Amount, Count, Hash, MoneyRecord, Record, Time

Status = Literal["upcoming", "open", "ended", "passed", "not passed", "executed"]


class Kind(StrEnum):
    """What a voter is asked to do."""

    YES_NO = "yes-no"
    CHOOSE_ONE = "choose-one"
    APPROVAL = "approval"
    ORDINAL = "ordinal"
    CUMULATIVE = "cumulative"
    SCORE = "score"


class EffectName(StrEnum):
    """What a passed vote may change."""

    REFERENDUM = "referendum"
    PARAMETER = "parameter"
    ENTRENCHED = "entrenched"
    BUDGET = "budget"
    PERMISSION = "permission"


class RuleName(StrEnum):
    """How winners are picked."""

    GREEDY = "greedy"
    GREEDY_NO_SKIP = "greedy-no-skip"
    EQUAL_SHARES_ADD1 = "equal-shares-add1"


class TieName(StrEnum):
    """Which of two equals comes first."""

    LISTED = "listed"
    CHEAPER_THEN_LISTED = "cheaper-then-listed"


class VoteLine(Record):
    """A vote in a list."""

    id: Count
    title: str
    kind: Kind
    status: Status
    opens: Time
    closes: Time
    options: Count
    turnout: Count = Field(description="seats whose ballot counts")
    electorate: Count = Field(description="active shares at record time")
    selected: Count | None = Field(description="winners; null while an allocation is not final, or where there is none")


class OptionRecord(Record):
    """One option and its count. `votes` and `points` are of the ballots that count so far."""

    number: Count = Field(description="from 1, in the order of the question")
    label: Hash
    id: str = Field(description="identifier in the question document, empty where that is not held")
    name: str
    description: str
    cost: Amount
    payee: str
    votes: Count
    points: Count | None = Field(description="null where ballots of this kind carry no points")
    rank: Count = Field(description="from 1, by count and then by the rule for ties")
    selected: bool | None = Field(description="null while it is not known who wins")


class BudgetRecord(MoneyRecord):
    """How a budget question picks its winners."""

    rule: RuleName | None
    amount: Amount | None = Field(description="null while the ledger shows only its hash")
    threshold: Count | None = Field(description="least count of a winner")
    ties: TieName | None
    exclusive: list[list[int]] | None = Field(description="sets of options of which at most one may win")
    spent: Amount | None = Field(description="null while the allocation is not final")
    final: bool


class TermsRecord(Record):
    """What the constitution asked for when the vote opened. Fractions are [numerator, denominator]."""

    quorum: list[int]
    majority: list[int]
    majority_strict: bool
    waiting_s: Count


class FormRecord(Record):
    """What a ballot may hold."""

    kind: Kind
    options: Count
    min_length: Count
    max_length: Count
    min_points: Count
    max_points: Count
    min_sum: Count
    max_sum: Count
    choice_bytes: Count


class ResultRecord(MoneyRecord):
    """The count as it stands."""

    id: Count
    status: Status
    final: bool = Field(description="no ballot can come any more")
    turnout: Count
    electorate: Count
    seats: Count = Field(description="seats on the roll at record time")
    points_count: bool = Field(description="whether options rank by points")
    options: list[OptionRecord]
    budget: BudgetRecord | None
    height: Count = Field(description="as of this block")


class VoteRecord(MoneyRecord):
    """A vote with everything that a ballot binds itself to, and its result."""

    id: Count
    title: str
    place: str
    summary: str
    source: str
    status: Status
    shortfall: str | None = Field(
        description="why it did not pass: `small-roll`, `no-quorum` or `no-majority`; null while it is not closed"
    )
    effect: EffectName
    form: FormRecord
    record: Time
    opens: Time
    closes: Time
    terms: TermsRecord
    hash: Hash
    contract: AddressText
    document: str = Field(description="CID of the question document")
    document_held: bool
    options_checked: bool = Field(description="the options' costs and payees give the hash in the question")
    checked: Count | None = Field(
        description="counting ballots that were reported as checked by their voters; null where this server cannot say"
    )
    authority: Hash = Field(description="how the books name this vote")
    result: ResultRecord
