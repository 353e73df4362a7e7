"""The treasury: each movement has its authority, its appropriation, its document and its entry in the books."""

from collections import Counter, defaultdict

from ledger.audit.appropriations import AppropriationRules, authority_name
from ledger.audit.asked import Asked
from ledger.audit.checks import Checks
from ledger.audit.documents import DocumentRules
from ledger.audit.governance import Governance
from ledger.audit.journal import BookedEntry
from ledger.audit.payments import PaymentRules
from ledger.audit.questions import Questions
from ledger.audit.record import AuditTransaction, Event
from ledger.audit.vouchers import Movement, Vouchers
from ledger.bundle.tables import Tables
from ledger.money.account import AccountKind, numbered_key, split_numbered_key
from ledger.primitives import ZERO_HASH, Address, Hash32
from ledger.system import SystemContract
from ledger.voting.question import EffectKind


class TreasuryRules:
    """All Treasury versions, from genesis on. Shape: `versions`: those that moved anything."""

    def __init__(
        self,
        checks: Checks,
        governance: Governance,
        questions: Questions,
        documents: DocumentRules,
        tables: Tables,
    ) -> None:
        self._checks = checks
        self._questions = questions
        self._vouchers = Vouchers(checks, governance, documents)
        self.appropriations = AppropriationRules(checks, questions, tables)
        self.payments = PaymentRules(checks, self._vouchers, self.appropriations, tables)
        self.versions: set[Address] = set()
        self._takers = {
            "Received": self._take_received,
            "Decided": self.appropriations.take_decided,
            "Appropriated": self.appropriations.take_appropriated,
            "Released": self.appropriations.take_released,
            "Changed": self.payments.take_changed,
        }

    def take(self, transaction: AuditTransaction, entries: list[BookedEntry]) -> None:
        """Take a transaction's events, and compare the entries that they stand for with those in the journal."""
        events = [event for event in transaction.events if event.kind is SystemContract.TREASURY]
        if not events and not entries:
            return
        expected = Counter(self._movements(transaction, events, entries))
        found = Counter(entry.movement for entry in entries)
        lacking, surplus = expected - found, found - expected
        detail = f"{sum(lacking.values())} without entry, {sum(surplus.values())} entries without event"
        self._checks.require("money.movement", not lacking and not surplus, "an entry for each event", detail)
        for entry in entries:
            self._check_authority(entry)

    def _movements(
        self, transaction: AuditTransaction, events: list[Event], entries: list[BookedEntry]
    ) -> list[Movement]:
        found: list[Movement] = []
        given: defaultdict[tuple[Address, Hash32], list[tuple[int, bytes, int]]] = defaultdict(list)
        for event in events:
            found += self._take_event(event, entries)
            if event.name == "Appropriated":
                account = numbered_key(event.address, event.values["appropriation"])
                line = (AccountKind.APPROPRIATION, account, event.values["amount"])
                given[event.address, Hash32(event.values["authority"])].append(line)
        for (_, authority), lines in given.items():
            total = sum(amount for _, _, amount in lines)
            fund = self._single_fund(transaction, authority)
            giver = (AccountKind.DECISION, authority, -total) if fund is None else (AccountKind.FUND, fund, -total)
            found.append((authority, 0, 0, frozenset([*lines, giver])))
        return found

    def _take_event(self, event: Event, entries: list[BookedEntry]) -> list[Movement]:
        if event.name == "Ordered":
            movements = self.payments.take_ordered(event, entries)
        elif event.name in self._takers:
            movements = self._takers[event.name](event)
        else:
            return []
        self.versions.add(event.address)
        return movements

    def _single_fund(self, transaction: AuditTransaction, authority: Hash32) -> Hash32 | None:
        """The fund that a question without a budget takes from at once; None for one with winners."""
        asked = self._asked(authority)
        if asked is None or asked.question.budget != ZERO_HASH:
            return None
        decided = [e for e in transaction.events if e.name == "Decided" and Hash32(e.values["authority"]) == authority]
        return Hash32(decided[0].values["fund"]) if decided else None

    def _take_received(self, event: Event) -> list[Movement]:
        values = event.values
        self._vouchers.check_duty(values, "income")
        self._vouchers.check_document(values["evidence"], "income")
        source, fund, amount = Hash32(values["source"]), Hash32(values["fund"]), values["amount"]
        lines = frozenset([(int(AccountKind.SOURCE), source, -amount), (int(AccountKind.FUND), fund, amount)])
        return [(ZERO_HASH, values["evidence"], 0, lines)]

    def _check_authority(self, entry: BookedEntry) -> None:
        name = f"entry {entry.number}"
        if entry.authority == ZERO_HASH:
            kinds = sorted(kind for kind, _, _ in entry.lines)
            is_income = kinds == [AccountKind.FUND, AccountKind.SOURCE]
            self._checks.require("money.authority", is_income, "income, or an authority", "neither", name)
            return
        asked = self._asked(entry.authority)
        if asked is None:
            key = split_numbered_key(entry.authority)
            if self._questions.is_unread(*key):
                self._checks.skip("money.authority", "a question's opening could not be read")
            else:
                self._checks.fail("money.authority", "a question", authority_name(entry.authority), name)
            return
        holds = asked.passed and asked.executed and asked.question.effect_kind is EffectKind.BUDGET
        self._checks.require(
            "money.authority", holds, "an executed budget question", f"executed {asked.executed}", name
        )

    def _asked(self, authority: Hash32) -> Asked | None:
        return self._questions.find(*split_numbered_key(authority))
