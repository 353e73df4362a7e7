"""The books of the common money: funds, appropriations and payments up to one height, counted from events."""

from collections.abc import Mapping, Sequence

from ledger.chain.header import Header
from ledger.errors import CheckFailedError
from ledger.money.account import Account, AccountKind, numbered_key
from ledger.ports import ChainReader, LogFilter
from ledger.primitives import Hash32, Height, MinorUnits
from ledger.system import SystemContract
from ledger.views.journal_record import JournalRecord
from ledger.views.money import (
    AppropriationView,
    EntryView,
    FundView,
    IncomeView,
    PaymentView,
    UnknownFundError,
    UnknownPaymentError,
)
from ledger.views.treasury_record import TreasuryRecord

TREASURY = SystemContract.TREASURY.address


class BooksChangedError(CheckFailedError):
    """The chain is not the one that the books were followed on."""

    type = "books-changed"


class Books:
    """Everything that happened to the common money. Not for two threads at once.

    Shape   `fund_names`: names of the founding text by `fund_id`.
    """

    def __init__(self, fund_names: Mapping[Hash32, str]) -> None:
        self._names = fund_names
        self._journal = JournalRecord()
        self._treasury = TreasuryRecord()
        self._after: Header | None = None

    @property
    def height(self) -> int:
        """The last height that was followed, -1 before the first."""
        return -1 if self._after is None else self._after.number

    @property
    def difference(self) -> str:
        """The first contradiction between the events and the recount, empty if there is none."""
        if not self._journal.difference and self.total() != 0:
            return f"all accounts together hold {self.total()}, expected 0"
        return self._journal.difference

    def follow(self, chain: ChainReader, head: Header) -> None:
        """Read the events of the blocks up to `head`.

        Errors  BooksChangedError where an earlier block is no longer there; begin with new books then.
        """
        if self._after is not None:
            known = chain.header(self._after.number)
            if known is None or known.hash != self._after.hash:
                raise BooksChangedError(f"block {self._after.number}: it has changed, expected it to be final")
        first, last = Height(self.height + 1), head.number
        if first > last:
            return
        self._journal.take(list(chain.logs(LogFilter(first, last, SystemContract.JOURNAL.address))))
        self._treasury.take(chain.logs(LogFilter(first, last, TREASURY)))
        self._after = head

    def total(self) -> int:
        """Sum of all accounts, which is 0 unless the books are broken."""
        return sum(self._journal.held.values())

    def held(self, kind: AccountKind, key: Hash32) -> MinorUnits:
        """What an account holds by the recount."""
        return MinorUnits(self._journal.held.get(Account(kind, key), 0))

    def balances(self) -> dict[Account, int]:
        """Every account that holds something, oldest first."""
        return {account: held for account, held in self._journal.held.items() if held}

    def fund_ids(self) -> list[Hash32]:
        """Funds of the founding text, then others that money went to."""
        return list(dict.fromkeys([*self._names, *self._journal.received, *self._treasury.decided]))

    def find_fund(self, name: str) -> FundView:
        """A fund by its name, or by its identifier in hex. Errors: UnknownFundError."""
        wanted = name.lower().removeprefix("0x")
        known = self.fund_ids()
        for key in known:
            if name == self._names.get(key) or wanted == key.hex():
                return self.fund(key)
        listed = ", ".join(self._names.get(key) or f"0x{key.hex()}" for key in known)
        raise UnknownFundError(f"fund: {name[:80]!r}, expected one of {listed}", fund=name[:80])

    def fund(self, key: Hash32) -> FundView:
        """A fund by its identifier; zeros for one that nothing is known of."""
        views = self.appropriations(key)
        return FundView(
            id=key,
            name=self._names.get(key, ""),
            received=MinorUnits(self._journal.received.get(key, 0)),
            balance=self.held(AccountKind.FUND, key),
            undivided=MinorUnits(self._treasury.decided.get(key, 0) - sum(view.amount for view in views)),
            committed=MinorUnits(sum(view.rest for view in views)),
            ordered=MinorUnits(sum(view.ordered for view in views)),
            paid=MinorUnits(sum(view.paid for view in views)),
        )

    def funds(self) -> list[FundView]:
        return [self.fund(key) for key in self.fund_ids()]

    def incomes(self, fund: Hash32) -> list[IncomeView]:
        """What came into a fund, oldest first."""
        return [income for income in self._treasury.incomes if income.fund == fund]

    def appropriations(self, fund: Hash32) -> list[AppropriationView]:
        """What ballots took from a fund for a payee, in their order."""
        return [self.appropriation(number) for number in self._treasury.by_fund.get(fund, ())]

    def appropriation(self, number: int) -> AppropriationView:
        """By its number, from 1."""
        record = self._treasury.appropriations[number - 1]
        return AppropriationView(
            number=number,
            label=record.label,
            authority=record.authority,
            fund=record.fund,
            payee=record.payee,
            amount=MinorUnits(record.amount),
            rest=self.held(AccountKind.APPROPRIATION, numbered_key(TREASURY, number)),
            ordered=MinorUnits(record.ordered),
            paid=MinorUnits(record.paid),
            released=MinorUnits(record.released),
        )

    @property
    def payment_count(self) -> int:
        return len(self._treasury.payments)

    def payment(self, number: int) -> PaymentView:
        """By its number, from 1. Errors: UnknownPaymentError."""
        if not 1 <= number <= self.payment_count:
            raise UnknownPaymentError(
                f"payment: {number}, expected 1 to {self.payment_count}", payment=number, count=self.payment_count
            )
        record = self._treasury.payments[number - 1]
        appropriation = self._treasury.appropriations[record.appropriation - 1]
        return PaymentView(
            number=number,
            appropriation=record.appropriation,
            fund=appropriation.fund,
            label=appropriation.label,
            authority=appropriation.authority,
            payee=record.payee,
            amount=MinorUnits(record.amount),
            purpose=record.purpose,
            state=record.state,
            evidence=record.evidence,
            outcome=record.outcome,
            height=record.height,
        )

    def payments(self, fund: Hash32) -> list[PaymentView]:
        """Of one fund, in their order."""
        views = (self.payment(number) for number in range(1, self.payment_count + 1))
        return [view for view in views if view.fund == fund]

    def entries(self) -> Sequence[EntryView]:
        """The whole journal, oldest first."""
        return self._journal.entries

    def fund_entries(self, fund: Hash32) -> list[EntryView]:
        """Entries that move the fund's own account."""
        account = Account(AccountKind.FUND, fund)
        return [entry for entry in self.entries() if any(row.line.account == account for row in entry.posted.lines)]
