"""The books: every entry and every balance once more, from the journal's events."""

from collections import defaultdict
from dataclasses import dataclass, field

from ledger.audit.checks import Checks
from ledger.audit.record import AuditBlock, AuditTransaction, Event
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


class JournalRules:
    """Journal, from genesis on. Shape: `held` by (currency, account id) in minor units; `count`: entries so far."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self.held: defaultdict[tuple[Hash32, Hash32], int] = defaultdict(int)
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

    def totals(self) -> dict[Hash32, int]:
        """Sum of all accounts, by currency."""
        sums: defaultdict[Hash32, int] = defaultdict(int)
        for (currency, _), amount in self.held.items():
            sums[currency] += amount
        return dict(sums)

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
        place = (Hash32(values["currency"]), account.id)
        self.held[place] += amount
        checks.expect("money.balance", self.held[place], values["balance"], f"{name}, {account}")
        is_covered = self.held[place] >= 0 or kind >= MAY_BE_NEGATIVE
        checks.require("money.overdrawn", is_covered, "at least 0", self.held[place], f"{name}, {account}")
