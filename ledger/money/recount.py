"""The second count of the books: every balance once more, from the journal's events alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ledger.abi import contract
from ledger.chain.receipt import Log
from ledger.errors import LedgerError
from ledger.money.account import Account
from ledger.money.errors import BooksDifferError
from ledger.money.journal import Entry, Heading, Journal, Line
from ledger.primitives import Hash32, Timestamp


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line as its event tells it. `balance`: what the event claims that the account holds after it."""

    line: Line
    account_id: Hash32
    currency: Hash32
    balance: int


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry as its events tell it. `count`: how many lines its own event announces."""

    number: int
    heading: Heading
    time: Timestamp
    count: int
    lines: tuple[PostedLine, ...]


def read_entries(logs: Iterable[Log]) -> list[PostedEntry]:
    """Gather the journal's events into entries.

    Shape   logs: of the Journal alone, all of them from genesis on, in chain order.
    Errors  AbiError for a log that is none of the journal's; BooksDifferError for a line outside of its entry.
    """
    entries: list[tuple[PostedEntry, list[PostedLine]]] = []
    for log in logs:
        name, values = contract("Journal").decode_log(log.topics, log.data)
        if name == "Entry":
            entries.append((_entry_of(values), []))
            continue
        number = entries[-1][0].number if entries else 0
        if values["entry"] != number:
            raise BooksDifferError(values["entry"], "line after the lines of entry", number, values["entry"])
        entries[-1][1].append(_line_of(values))
    return [PostedEntry(e.number, e.heading, e.time, e.count, tuple(lines)) for e, lines in entries]


def _entry_of(values: dict[str, Any]) -> PostedEntry:
    heading = Heading(*(values[name] for name in ("currency", "authority", "purpose", "evidence", "reverses")))
    return PostedEntry(values["number"], heading, Timestamp(values["time"]), values["lines"], ())


def _line_of(values: dict[str, Any]) -> PostedLine:
    line = Line(Account(values["kind"], Hash32(values["key"])), values["amount"])
    return PostedLine(line, Hash32(values["account"]), Hash32(values["currency"]), values["balance"])


def recount(entries: Iterable[PostedEntry]) -> Journal:
    """Post every entry again and compare what the events claim.

    Errors  BooksDifferError for a number out of order, a balance, an account or a currency that is not the recounted
            one, and for an entry that the rules of the journal refuse.
    """
    journal = Journal()
    for posted in entries:
        expected = len(journal.entries) + 1
        if posted.number != expected:
            raise BooksDifferError(posted.number, "number", posted.number, expected)
        if posted.count != len(posted.lines):
            raise BooksDifferError(posted.number, "lines", len(posted.lines), posted.count)
        _check_lines(journal, posted)
        _post(journal, posted)
    return journal


def _check_lines(journal: Journal, posted: PostedEntry) -> None:
    currency = posted.heading.currency
    held: dict[Account, int] = {}
    for row in posted.lines:
        account = row.line.account
        held[account] = held.get(account, journal.balance(currency, account)) + row.line.amount
        for field, found, expected in (
            ("account", row.account_id.hex(), account.id.hex()),
            ("currency", row.currency.hex(), currency.hex()),
            (f"balance of {account}", row.balance, held[account]),
        ):
            if found != expected:
                raise BooksDifferError(posted.number, field, found, expected)


def _post(journal: Journal, posted: PostedEntry) -> Entry:
    try:
        return journal.post(posted.heading, [row.line for row in posted.lines])
    except LedgerError as error:
        raise BooksDifferError(posted.number, "entry", error.detail, "one that the journal accepts") from error
