"""The treasury: each movement has its authority, its appropriation, its document and its entry in the books."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from ledger.abi import AbiError, contract
from ledger.audit.checks import Checks
from ledger.audit.documents import DocumentRules
from ledger.audit.governance import Governance
from ledger.audit.journal import BookedEntry
from ledger.audit.questions import Asked, Questions
from ledger.audit.record import AuditTransaction, Event
from ledger.founding.constitution import Duty
from ledger.money.account import AccountKind, numbered_key, split_numbered_key
from ledger.money.payment import PaymentState
from ledger.primitives import ZERO_HASH, Address, Hash32
from ledger.system import SystemContract
from ledger.voting.question import EffectKind

Movement = tuple[Hash32, int, int, frozenset[tuple[int, bytes, int]]]


@dataclass(slots=True)
class Grant:
    """An appropriation as its event tells it."""

    label: Hash32
    authority: Hash32
    payee: Hash32
    fund: Hash32
    amount: int


@dataclass(slots=True)
class Paid:
    """A payment. Shape: `entry`: number of the ordering entry; `digest`: of the document that ordered it."""

    appropriation: int
    amount: int
    evidence: int
    state: PaymentState
    digest: Hash32
    entry: int = 0
    outcome: int = 0


@dataclass(slots=True)
class TreasuryBook:
    """What one Treasury version did. Shape: `grants`, `payments` by number; `decided`: fund by authority."""

    grants: dict[int, Grant] = field(default_factory=dict)
    payments: dict[int, Paid] = field(default_factory=dict)
    decided: dict[Hash32, Hash32] = field(default_factory=dict)
    used: defaultdict[Hash32, set[int]] = field(default_factory=lambda: defaultdict(set))
    documents: dict[Hash32, int] = field(default_factory=dict)


class TreasuryRules:
    """All Treasury versions, from genesis on. Shape: `books` by address."""

    def __init__(self, checks: Checks, governance: Governance, questions: Questions, documents: DocumentRules) -> None:
        self._checks = checks
        self._governance = governance
        self._questions = questions
        self._documents = documents
        self.books: defaultdict[Address, TreasuryBook] = defaultdict(TreasuryBook)
        self._takers = {
            "Received": self._take_received,
            "Decided": self._take_decided,
            "Appropriated": self._take_appropriated,
            "Released": self._take_released,
            "Ordered": self._take_ordered,
            "Changed": self._take_changed,
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
            taker = self._takers.get(event.name)
            if taker is not None:
                found += taker(transaction, event, entries)
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

    def _single_fund(self, transaction: AuditTransaction, authority: Hash32) -> Hash32 | None:
        """The fund that a question without a budget takes from at once; None for one with winners."""
        asked = self._asked(authority)
        if asked is None or asked.question.budget != ZERO_HASH:
            return None
        decided = [e for e in transaction.events if e.name == "Decided" and Hash32(e.values["authority"]) == authority]
        return Hash32(decided[0].values["fund"]) if decided else None

    def _take_received(self, _: AuditTransaction, event: Event, __: list[BookedEntry]) -> list[Movement]:
        values = event.values
        self._check_duty(values, "income")
        self._check_document(values["evidence"], "income")
        source, fund, amount = Hash32(values["source"]), Hash32(values["fund"]), values["amount"]
        lines = frozenset([(int(AccountKind.SOURCE), source, -amount), (int(AccountKind.FUND), fund, amount)])
        return [(ZERO_HASH, values["evidence"], 0, lines)]

    def _take_decided(self, _: AuditTransaction, event: Event, __: list[BookedEntry]) -> list[Movement]:
        values, book = event.values, self.books[event.address]
        authority, fund, amount = Hash32(values["authority"]), Hash32(values["fund"]), values["amount"]
        name = _authority_name(authority)
        is_first = authority not in book.decided
        self._checks.require("money.appropriation", is_first, "a question that takes once", "twice", name)
        book.decided[authority] = fund
        asked = self._asked(authority)
        if asked is None or asked.question.budget == ZERO_HASH:
            return []
        if asked.budget is not None:
            self._checks.expect("money.appropriation", asked.budget.fund, fund, name)
        lines = frozenset([(int(AccountKind.FUND), fund, -amount), (int(AccountKind.DECISION), authority, amount)])
        return [(authority, 0, 0, lines)]

    def _take_appropriated(self, _: AuditTransaction, event: Event, __: list[BookedEntry]) -> list[Movement]:
        values, book = event.values, self.books[event.address]
        label, authority, payee, fund = (Hash32(values[name]) for name in ("label", "authority", "payee", "fund"))
        grant = Grant(label, authority, payee, fund, values["amount"])
        number = values["appropriation"]
        name = f"appropriation {number}"
        self._checks.expect("money.appropriation", len(book.grants) + 1, number, name)
        self._checks.expect("money.appropriation", book.decided.get(grant.authority), grant.fund, name)
        book.grants[number] = grant
        asked = self._asked(grant.authority)
        if asked is None:
            self._checks.skip("money.appropriation", "a question's opening could not be read")
        elif asked.question.budget == ZERO_HASH:
            self._check_single(asked, grant, name)
        else:
            self._check_winner(asked, grant, book, name)
        return []

    def _check_single(self, asked: Asked, grant: Grant, name: str) -> None:
        """Compare with the call of `appropriate` that the question's effect is."""
        found = "no call of appropriate"
        if asked.executed_call is not None:
            try:
                entry, values = contract("Treasury").decode_call(asked.executed_call[1])
                found = entry.name
                if entry.name == "appropriate":
                    ballot = (values["fund"], values["payee"], values["amount"], values["purpose"])
                    self._checks.expect(
                        "money.appropriation", ballot, (grant.fund, grant.payee, grant.amount, grant.label), name
                    )
                    return
            except AbiError as error:
                found = error.detail
        self._checks.fail("money.appropriation", "the effect of the question", found, name)

    def _check_winner(self, asked: Asked, grant: Grant, book: TreasuryBook, name: str) -> None:
        if asked.selected is None:
            self._checks.fail("money.appropriation", "a winner", "no allocation", name)
            return
        used = book.used[grant.authority]
        for i, option in enumerate(asked.options):
            is_it = (option.label, option.payee, option.cost) == (grant.label, grant.payee, grant.amount)
            if is_it and asked.selected >> i & 1 and i not in used:
                used.add(i)
                self._checks.count("money.appropriation")
                return
        self._checks.fail("money.appropriation", "label, payee and cost of a winner", str(grant.amount), name)

    def _take_released(self, _: AuditTransaction, event: Event, __: list[BookedEntry]) -> list[Movement]:
        values = event.values
        grant = self.books[event.address].grants.get(values["appropriation"])
        name = f"appropriation {values['appropriation']}"
        if not self._checks.require("money.appropriation", grant is not None, "an appropriation", "none", name):
            return []
        assert grant is not None  # noqa: S101  # said by the line above
        account = numbered_key(event.address, values["appropriation"])
        lines = frozenset(
            [
                (int(AccountKind.APPROPRIATION), account, -values["amount"]),
                (int(AccountKind.FUND), grant.fund, values["amount"]),
            ]
        )
        return [(Hash32(values["authority"]), 0, 0, lines)]

    def _take_ordered(self, _: AuditTransaction, event: Event, entries: list[BookedEntry]) -> list[Movement]:
        values, book = event.values, self.books[event.address]
        number, amount = values["payment"], values["amount"]
        name = f"payment {number}"
        self._check_duty(values, name)
        self._checks.expect("money.payment", len(book.payments) + 1, number, name)
        digest = self._check_document(values["evidence"], name)
        earlier = book.documents.get(digest)
        self._checks.require("money.evidence", earlier is None, "a document that pays nothing yet", earlier, name)
        book.documents[digest] = number
        paid = Paid(values["appropriation"], amount, values["evidence"], PaymentState.ORDERED, digest)
        book.payments[number] = paid
        grant = book.grants.get(values["appropriation"])
        if grant is None or grant.payee == ZERO_HASH:
            self._checks.fail("money.payment", "an appropriation with a payee", str(values["appropriation"]), name)
            return []
        self._checks.expect("money.payment", grant.payee, Hash32(values["payee"]), name)
        giver = (int(AccountKind.APPROPRIATION), numbered_key(event.address, paid.appropriation), -amount)
        taker = (int(AccountKind.OBLIGATION), numbered_key(event.address, number), amount)
        movement = (grant.authority, values["evidence"], 0, frozenset([giver, taker]))
        paid.entry = next((entry.number for entry in entries if entry.movement == movement), 0)
        return [movement]

    def _take_changed(self, _: AuditTransaction, event: Event, __: list[BookedEntry]) -> list[Movement]:
        values, book = event.values, self.books[event.address]
        paid, state = book.payments.get(values["payment"]), values["state"]
        name = f"payment {values['payment']}"
        self._check_duty(values, name)
        grant = None if paid is None else book.grants.get(paid.appropriation)
        before = {PaymentState.SETTLED: 1, PaymentState.FAILED: 1, PaymentState.REVERSED: 3}.get(state)
        if paid is None or grant is None or before is None:
            self._checks.fail("money.payment", "a payment and a state", f"state {state}", name)
            return []
        self._checks.expect("money.payment", before, int(paid.state), name)
        paid.state = PaymentState(state)
        account = numbered_key(event.address, values["payment"])
        if state == PaymentState.REVERSED:
            book.documents.pop(paid.digest, None)
            back = numbered_key(event.address, paid.appropriation)
            lines = [
                (int(AccountKind.OBLIGATION), account, -paid.amount),
                (int(AccountKind.APPROPRIATION), back, paid.amount),
            ]
            return [(grant.authority, paid.outcome, paid.entry, frozenset(lines))]
        self._check_document(values["evidence"], name)
        paid.outcome = values["evidence"]
        if state == PaymentState.FAILED:
            return []
        lines = [
            (int(AccountKind.OBLIGATION), account, -paid.amount),
            (int(AccountKind.PAYEE), grant.payee, paid.amount),
        ]
        return [(grant.authority, values["evidence"], 0, frozenset(lines))]

    def _check_duty(self, values: dict[str, Any], name: str) -> None:
        mask, _ = self._governance.before.duty_of(Address(values["treasurer"]))
        holds = bool(mask & Duty.TREASURER.mask)
        self._checks.require("money.duty", holds, "a treasurer", values["treasurer"], name)

    def _check_document(self, number: int, name: str) -> Hash32:
        found = self._documents.available(number)
        self._checks.require("money.evidence", found is not None, "a document that is available", number, name)
        return ZERO_HASH if found is None else found.digest

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
            if key in self._questions.unread:
                self._checks.skip("money.authority", "a question's opening could not be read")
            else:
                self._checks.fail("money.authority", "a question", _authority_name(entry.authority), name)
            return
        holds = asked.passed and asked.executed and asked.question.effect_kind is EffectKind.BUDGET
        self._checks.require(
            "money.authority", holds, "an executed budget question", f"executed {asked.executed}", name
        )

    def _asked(self, authority: Hash32) -> Asked | None:
        return self._questions.find(*split_numbered_key(authority))


def _authority_name(authority: Hash32) -> str:
    ballots, number = split_numbered_key(authority)
    return f"question {number} of 0x{ballots.hex()}"
