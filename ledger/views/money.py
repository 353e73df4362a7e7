"""Funds, appropriations and payments as people read them."""

from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.money.payment import PaymentState
from ledger.money.recount import PostedEntry
from ledger.primitives import Hash32, Height, MinorUnits, Timestamp


class UnknownFundError(BadInputError):
    """A name or an identifier of no fund."""

    type = "unknown-fund"


class UnknownPaymentError(BadInputError):
    """A number that no payment has."""

    type = "unknown-payment"


@dataclass(frozen=True, slots=True)
class FundView:
    """A fund. It always holds: received = balance + undivided + committed + ordered + paid.

    Shape   `name`: empty where the founding text names no such fund.
    Units   minor units. `balance`: no ballot has taken it; `undivided`: taken by a ballot, without an appropriation
            yet; `committed`: appropriated and not ordered; `ordered`: on its way to a payee; `paid`: settled.
    """

    id: Hash32
    name: str
    received: MinorUnits
    balance: MinorUnits
    undivided: MinorUnits
    committed: MinorUnits
    ordered: MinorUnits
    paid: MinorUnits


@dataclass(frozen=True, slots=True)
class IncomeView:
    """Money that came in. Units: minor units."""

    source: Hash32
    fund: Hash32
    amount: MinorUnits
    evidence: int
    height: Height


@dataclass(frozen=True, slots=True)
class AppropriationView:
    """What a ballot took from a fund for one payee.

    Shape   `label`: of the option, or a short text; `authority`: Ballots (20 bytes), then the question's id.
    Units   minor units. amount = rest + ordered + paid + released.
    """

    number: int
    label: Hash32
    authority: Hash32
    fund: Hash32
    payee: Hash32
    amount: MinorUnits
    rest: MinorUnits
    ordered: MinorUnits
    paid: MinorUnits
    released: MinorUnits


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment. `evidence`: the document it was ordered by; `outcome`: of its end, 0 while there is none.

    Units   `amount` in minor units.
    """

    number: int
    appropriation: int
    fund: Hash32
    label: Hash32
    authority: Hash32
    payee: Hash32
    amount: MinorUnits
    purpose: Hash32
    state: PaymentState
    evidence: int
    outcome: int
    height: Height


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the journal, with its place in the chain."""

    posted: PostedEntry
    height: Height
    transaction: Hash32

    @property
    def time(self) -> Timestamp:
        return self.posted.time
