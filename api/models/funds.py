"""Funds, payments and the journal."""

from enum import StrEnum

from pydantic import Field

from api.models.base import Amount, Count, Hash, MoneyRecord, Record, Time


class PaymentStateName(StrEnum):
    """How a payment stands."""

    ORDERED = "ordered"
    SETTLED = "settled"
    FAILED = "failed"
    REVERSED = "reversed"


class FundRecord(MoneyRecord):
    """A fund: received = balance + undivided + committed + ordered + paid."""

    id: Hash
    name: str
    received: Amount
    balance: Amount = Field(description="no ballot has taken it")
    undivided: Amount = Field(description="taken by a ballot, without an appropriation yet")
    committed: Amount = Field(description="appropriated, not ordered")
    ordered: Amount = Field(description="ordered, on its way to payees")
    paid: Amount


class SourceRecord(Record):
    """Where a fund's money came from."""

    source: str
    amount: Amount


class AppropriationRecord(Record):
    """What a ballot took for one payee: amount = rest + ordered + paid + released."""

    number: Count
    name: str
    vote: int | None = Field(description="the vote that allowed it")
    payee: str
    amount: Amount
    rest: Amount
    ordered: Amount
    paid: Amount
    released: Amount


class PaymentRecord(MoneyRecord):
    """One payment, from its order to its end."""

    number: Count
    fund: Hash
    fund_name: str
    appropriation: Count
    name: str = Field(description="what it was appropriated for")
    purpose: str
    payee: str
    vote: int | None
    amount: Amount
    state: PaymentStateName
    evidence: Count
    outcome: int | None = Field(description="evidence of its end, null while there is none")
    block: Count


class LineRecord(Record):
    """A line of an entry. Negative amounts take from the account."""

    kind: str
    key: str
    amount: Amount
    balance: Amount = Field(description="of the account after the entry")


class EntryRecord(Record):
    """An entry of the journal; its lines add up to 0."""

    number: Count
    time: Time
    block: Count
    purpose: str
    vote: int | None
    evidence: int | None
    reverses: int | None
    lines: list[LineRecord]


class FundPage(MoneyRecord):
    """A fund with everything that happened to it."""

    fund: FundRecord
    sources: list[SourceRecord]
    appropriations: list[AppropriationRecord]
    payments: list[PaymentRecord]
    entries: list[EntryRecord] = Field(description="entries that move the fund's own account")
    books_difference: str
    height: Count = Field(description="as of this block")


class FundsPage(MoneyRecord):
    """All funds, and the newest payments."""

    funds: list[FundRecord]
    payments: list[PaymentRecord]
    payments_total: Count
    entries_total: Count
    books_total: Amount = Field(description="sum of all accounts, 0 if the books balance")
    books_difference: str
    height: Count = Field(description="as of this block")
