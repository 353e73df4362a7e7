"""Funds, payments, the journal."""

from api.models.base import Listing
from api.models.funds import (
    AppropriationRecord,
    EntryRecord,
    FundPage,
    FundRecord,
    FundsPage,
    LineRecord,
    PaymentRecord,
    PaymentStateName,
    SourceRecord,
)
from api.paging import next_page, numbers
from api.readers.names import name_label, name_payee, vote_of
from api.rendering import iso_time
from api.snapshot import Snapshot
from ledger.money.account import Account, AccountKind, fund_id, split_numbered_key
from ledger.primitives import Hash32, to_hex
from ledger.views.books import Books
from ledger.views.flow import Flow, load_flow
from ledger.views.money import AppropriationView, EntryView, FundView, PaymentView
from ledger.views.text import label_text

NEWEST_PAYMENTS = 25


def fund_records(snapshot: Snapshot) -> list[FundRecord]:
    return [fund_record(snapshot, view) for view in snapshot.with_books(Books.funds)]


def fund_record(snapshot: Snapshot, view: FundView) -> FundRecord:
    currency = snapshot.services.founding.constitution.currency
    return FundRecord(
        currency=currency.code,
        exponent=currency.exponent,
        id=to_hex(view.id),
        name=view.name or label_text(view.id),
        received=view.received,
        balance=view.balance,
        undivided=view.undivided,
        committed=view.committed,
        ordered=view.ordered,
        paid=view.paid,
    )


def funds_page(snapshot: Snapshot) -> FundsPage:
    return snapshot.answers.once("funds", lambda: _funds_page(snapshot))


def _funds_page(snapshot: Snapshot) -> FundsPage:
    currency = snapshot.services.founding.constitution.currency
    views, count, entries, total, difference, height = snapshot.with_books(
        lambda books: (
            books.funds(),
            books.payment_count,
            len(books.entries()),
            books.total(),
            books.difference,
            books.height,
        )
    )
    newest = snapshot.with_books(lambda books: [books.payment(n) for n in numbers(count, None, NEWEST_PAYMENTS)])
    return FundsPage(
        currency=currency.code,
        exponent=currency.exponent,
        funds=[fund_record(snapshot, view) for view in views],
        payments=[payment_record(snapshot, view) for view in newest],
        payments_total=count,
        entries_total=entries,
        books_total=total,
        books_difference=difference,
        height=height,
    )


def fund_flow(snapshot: Snapshot, name: str) -> Flow:
    """Errors  UnknownFundError."""
    return snapshot.with_books(lambda books: load_flow(books, books.find_fund(name)))


def fund_page(snapshot: Snapshot, name: str) -> FundPage:
    """A fund by name or identifier. Errors: UnknownFundError."""
    return snapshot.answers.once(("fund", name), lambda: _fund_page(snapshot, name))


def _fund_page(snapshot: Snapshot, name: str) -> FundPage:
    flow = fund_flow(snapshot, name)
    payments, entries, difference, height = snapshot.with_books(
        lambda books: (
            books.payments(flow.fund.id),
            books.fund_entries(flow.fund.id),
            books.difference,
            books.height,
        )
    )
    record = fund_record(snapshot, flow.fund)
    return FundPage(
        currency=record.currency,
        exponent=record.exponent,
        fund=record,
        sources=[SourceRecord(source=label_text(source), amount=amount) for source, amount in flow.sources],
        appropriations=[_appropriation(snapshot, view) for view in flow.appropriations],
        payments=[payment_record(snapshot, view) for view in reversed(payments)],
        entries=[entry_record(snapshot, entry) for entry in reversed(entries)],
        books_difference=difference,
        height=height,
    )


def payment_list(snapshot: Snapshot, before: int | None, limit: int, path: str) -> Listing[PaymentRecord]:
    def ask(books: Books) -> tuple[list[PaymentView], int, int]:
        chosen = numbers(books.payment_count, before, limit)
        return [books.payment(number) for number in chosen], books.payment_count, books.height

    views, count, height = snapshot.with_books(ask)
    return Listing[PaymentRecord](
        total=count,
        items=[payment_record(snapshot, view) for view in views],
        next=next_page(path, views[-1].number, limit) if views and views[-1].number > 1 else None,
        height=height,
    )


def find_payment(snapshot: Snapshot, number: int) -> PaymentRecord:
    """Errors  UnknownPaymentError."""
    return payment_record(snapshot, snapshot.with_books(lambda books: books.payment(number)))


def payment_record(snapshot: Snapshot, view: PaymentView) -> PaymentRecord:
    constitution = snapshot.services.founding.constitution
    fund_name = next((fund.name for fund in constitution.fund if fund_id(fund.name) == view.fund), "")
    return PaymentRecord(
        currency=constitution.currency.code,
        exponent=constitution.currency.exponent,
        number=view.number,
        fund=to_hex(view.fund),
        fund_name=fund_name or label_text(view.fund),
        appropriation=view.appropriation,
        name=name_label(snapshot, view.label, view.authority),
        purpose=label_text(view.purpose),
        payee=name_payee(view.payee),
        vote=vote_of(snapshot, view.authority),
        amount=view.amount,
        state=PaymentStateName(view.state.name.lower()),
        evidence=view.evidence,
        outcome=view.outcome or None,
        block=view.height,
    )


def entry_record(snapshot: Snapshot, entry: EntryView) -> EntryRecord:
    heading = entry.posted.heading
    return EntryRecord(
        number=entry.posted.number,
        time=iso_time(entry.time),
        block=entry.height,
        purpose=label_text(heading.purpose),
        vote=vote_of(snapshot, heading.authority),
        evidence=heading.evidence or None,
        reverses=heading.reverses or None,
        lines=[
            LineRecord(
                kind=_kind(row.line.account),
                key=_key_text(snapshot, row.line.account),
                amount=row.line.amount,
                balance=row.balance,
            )
            for row in entry.posted.lines
        ],
    )


def _appropriation(snapshot: Snapshot, view: AppropriationView) -> AppropriationRecord:
    return AppropriationRecord(
        number=view.number,
        name=name_label(snapshot, view.label, view.authority),
        vote=vote_of(snapshot, view.authority),
        payee=name_payee(view.payee),
        amount=view.amount,
        rest=view.rest,
        ordered=view.ordered,
        paid=view.paid,
        released=view.released,
    )


def _kind(account: Account) -> str:
    return AccountKind(account.kind).name.lower() if account.kind in set(AccountKind) else f"kind {account.kind}"


def _key_text(snapshot: Snapshot, account: Account) -> str:
    """An account's key as people read it: a fund's name, a number, a short text."""
    if account.kind in (AccountKind.APPROPRIATION, AccountKind.OBLIGATION, AccountKind.DECISION):
        return str(split_numbered_key(account.key)[1])
    if account.kind == AccountKind.FUND:
        funds = snapshot.services.founding.constitution.fund
        return next((fund.name for fund in funds if fund_id(fund.name) == account.key), label_text(account.key))
    return label_text(Hash32(account.key))
