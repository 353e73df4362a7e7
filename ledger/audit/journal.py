"""The books: every entry and every balance once more, from the journal's events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from ledger.audit.checks import Checks
from ledger.audit.record import AuditBlock, AuditTransaction, Event
from ledger.bundle.tables import Table, Tables
from ledger.errors import BadInputError
from ledger.money.account import MAY_BE_NEGATIVE, Account
from ledger.primitives import Hash32
from ledger.system import SystemContract

MIN_LINES, MAX_LINES = 2, 128


@dataclass(slots=True)
class BookedEntry:
    """An entry of one transaction. Units: lines in minor units."""

    number: int
    authority: Hash32
    evidence: int
    reverses: int
    currency: Hash32
    announced: int
    lines: list[tuple[int, Hash32, int]] = field(default_factory=list)

    @property
    def movement(self) -> tuple[Hash32, int, int, frozenset[tuple[int, bytes, int]]]:
        """What makes two entries the same movement."""
        return self.authority, self.evidence, self.reverses, frozenset(self.lines)


class Balances:
    """What each account holds, by currency and account id, in minor units."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, currency: Hash32, account: Hash32, amount: int) -> int:
        """Result: what it holds then."""
        key = currency + account
        held = _held(self._table.get(key) or b"") + amount
        # A sum may have a bit more than what was added.
        self._table.put(key, held.to_bytes(held.bit_length() // 8 + 1, "big", signed=True))
        return held

    def items(self) -> Iterator[tuple[Hash32, Hash32, int]]:
        """Currency, account id and what it holds, ascending."""
        for key, row in self._table.rows():
            yield Hash32(key[:32]), Hash32(key[32:]), _held(row)

    def totals(self) -> Iterator[tuple[Hash32, int]]:
        """Sum of all accounts, by currency."""
        for currency, rows in groupby(self.items(), key=lambda row: row[0]):
            yield currency, sum(held for _, _, held in rows)


def _held(row: bytes) -> int:
    return int.from_bytes(row, "big", signed=True)


class JournalRules:
    """Journal, from genesis on. Shape: `count`: entries so far."""

    def __init__(self, checks: Checks, tables: Tables) -> None:
        self._checks = checks
        self.balances = Balances(tables.table())
        self.count = 0

    def take(self, block: AuditBlock, transaction: AuditTransaction) -> list[BookedEntry]:
        """The entries of a transaction, checked one by one."""
        entries: list[BookedEntry] = []
        for event in transaction.events:
            if event.kind is SystemContract.JOURNAL and event.name == "Entry":
                entries.append(self._begin(block, event))
            elif event.kind is SystemContract.JOURNAL and event.name == "Line":
                self._add_line(entries, event)
        for entry in entries:
            name = f"entry {entry.number}"
            announced = entry.announced == len(entry.lines) and MIN_LINES <= len(entry.lines) <= MAX_LINES
            self._checks.require("money.entry", announced, f"{entry.announced} lines", len(entry.lines), name)
            self._checks.expect("money.sum", 0, sum(amount for _, _, amount in entry.lines), name)
        return entries

    def _begin(self, block: AuditBlock, event: Event) -> BookedEntry:
        values = event.values
        self.count += 1
        name = f"entry {values['number']}"
        self._checks.expect("money.entry", self.count, values["number"], name)
        self._checks.expect("money.entry", block.time, values["time"], name)
        self._checks.require(
            "money.entry", values["reverses"] < values["number"], "an earlier entry", values["reverses"], name
        )
        authority, currency = Hash32(values["authority"]), Hash32(values["currency"])
        return BookedEntry(
            values["number"], authority, values["evidence"], values["reverses"], currency, values["lines"]
        )

    def _add_line(self, entries: list[BookedEntry], event: Event) -> None:
        checks, values = self._checks, event.values
        name = f"entry {values['entry']}"
        if not entries or entries[-1].number != values["entry"]:
            checks.fail("money.entry", "a line of the entry before it", f"a line of entry {values['entry']}", name)
            return
        kind, key, amount = values["kind"], Hash32(values["key"]), values["amount"]
        entries[-1].lines.append((kind, key, amount))
        try:
            account = Account(kind, key)
        except BadInputError as error:
            checks.fail("money.account", "a kind of account", error.detail, name)
            return
        checks.expect("money.account", account.id, Hash32(values["account"]), name)
        checks.expect("money.account", entries[-1].currency, Hash32(values["currency"]), name)
        checks.require("money.sum", amount != 0, "an amount", amount, name)
        held = self.balances.add(Hash32(values["currency"]), account.id, amount)
        checks.expect("money.balance", held, values["balance"], f"{name}, {account}")
        is_covered = held >= 0 or kind >= MAY_BE_NEGATIVE
        checks.require("money.overdrawn", is_covered, "at least 0", held, f"{name}, {account}")
