"""The ledger itself."""

from typing import Literal

from pydantic import Field

from api.models.base import AddressText, Count, Hash, MoneyRecord, Record
from api.models.blocks import HeadRecord
from api.models.funds import FundRecord
from api.models.votes import VoteLine


class DutyRecord(Record):
    """Who may do what."""

    account: AddressText
    duties: list[str]
    quota: Count = Field(description="gas a block")


class PeopleRecord(Record):
    """How many people there are."""

    members: Count = Field(description="shares that stand")
    ended: Count = Field(description="shares that ended")
    seats: Count = Field(description="seats on the roll")


class LedgerRecord(MoneyRecord):
    """What every page says of the ledger."""

    title: str
    founding: Hash
    chain_id: int
    clock: Literal["wall", "simulated"]
    rehearsal: bool
    head: HeadRecord


class HomeRecord(Record):
    """The first page."""

    ledger: LedgerRecord
    people: PeopleRecord
    votes: list[VoteLine]
    votes_total: Count
    funds: list[FundRecord]
    books_difference: str = Field(description="first contradiction in the books, empty if they balance")


class SealersRecord(Record):
    """Who seals blocks, and whether one organisation could stop or rewrite the ledger."""

    kind: Literal["solo", "commit"]
    validators: Count = Field(description="0 where one sequencer seals")
    organisations: Count
    capture_resistant: bool = Field(
        description="four organisations or more, none with a third of the power, no unsound key"
    )
    unsound_keys: list[str] = Field(description="validators whose key is everybody's or nobody's, and why")


class AboutRecord(Record):
    """What a newcomer notes down before trusting anything here."""

    ledger: LedgerRecord
    people: PeopleRecord
    duties: list[DutyRecord]
    sealers: SealersRecord
    anchor: str = Field(description="trust anchor (docs/reference/formats.md, 9), empty where none is published")
    phrase: str = Field(description="six words for comparing the anchor by voice")
    anchor_height: Count | None
