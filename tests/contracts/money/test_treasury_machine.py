"""Treasury.vy and Journal.vy beside their model: random steps, the same refusals, the same books."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ledger.chain.receipt import Log
from ledger.errors import BadInputError
from ledger.money.account import fund_id
from ledger.money.document import Document
from ledger.money.journal import Journal
from ledger.money.payment import PaymentState
from ledger.money.recount import read_entries, recount
from ledger.money.text import encode_text
from ledger.money.treasury import Treasury
from ledger.primitives import ZERO_HASH, Address, Hash32, keccak256
from ledger.voting.question import EffectKind
from tests.contracts.chain import Chain, Reverted, Sent
from tests.contracts.founding import OFFICER, TREASURER
from tests.contracts.money.town import (
    CURRENCY,
    FUNDS,
    PARKS,
    PAYEE,
    ROADS,
    SOURCE,
    Town,
    budget_row,
    cid,
    found_town,
    journal_logs,
    make_budget,
    make_options,
    option_rows,
)

FOUNDED: list[Town] = []
"""Founded once; every run starts from its anchor."""

DOCUMENTS = 6
"""Anchored at the start."""


def mostly(usual: list[Any], rare: list[Any]) -> st.SearchStrategy[Any]:
    """Nine times out of ten something usual, so that runs get far."""
    return st.sampled_from([*usual * (9 * len(rare)), *rare * len(usual)])


amounts = mostly([1, 2, 5, 10, 20, 40], [0, 200, 2**127 - 1, 2**127, 2**256 - 1])
costs = st.lists(st.integers(0, 25), min_size=1, max_size=5)
funds = mostly(list(FUNDS), [fund_id("none")])
documents = mostly(list(range(1, DOCUMENTS + 1)), [0, DOCUMENTS + 1, DOCUMENTS + 2])
callers = mostly([TREASURER], [OFFICER])
kinds = mostly([EffectKind.BUDGET], [EffectKind.PERMISSION])
questions = st.integers(1, 12)


def number_of(data: st.DataObject, made: list[Any]) -> int:
    """One of those made, rarely the next."""
    return int(data.draw(mostly(list(range(1, len(made) + 1)), [0, len(made) + 1, 2**256 - 1])))


def founded() -> Town:
    if not FOUNDED:
        FOUNDED.append(found_town(Chain()))
    return FOUNDED[0]


class MoneyMachine(RuleBasedStateMachine):
    """Each rule asks the model and the contract; both must agree whether, and on every number after."""

    def __init__(self) -> None:
        super().__init__()
        self.town = founded()
        self.undo = self.town.chain.anchor()
        self.undo.__enter__()
        self.documents: dict[int, Document] = {}
        self.books = Journal()
        address = self.town.treasury.address
        self.model = Treasury(address, self.books, CURRENCY, FUNDS, {TREASURER}, self.documents)
        self.selected: dict[int, int] = {}
        self.asked: dict[int, tuple[Any, Any]] = {}
        self.logs: list[Log] = []
        for number in range(1, DOCUMENTS + 1):
            self.anchor(number)
        for fund in FUNDS:
            self.receive(TREASURER, fund, 100, SOURCE, 1)
        self.appropriate(11, PARKS, PAYEE, 60, EffectKind.BUDGET)
        self.both_order(TREASURER, 1, 10, 2)

    def teardown(self) -> None:
        self.undo.__exit__(None, None, None)

    def both(self, model: Callable[[], Any], contract: Callable[[], Sent]) -> None:
        """Neither or both refuse."""
        try:
            model()
        except BadInputError as error:
            try:
                contract()
            except Reverted:
                return
            raise AssertionError(f"only the model refuses: {error.detail}") from error
        self.logs += journal_logs(self.town, contract())

    @rule(number=st.integers(1, DOCUMENTS))
    def anchor(self, number: int) -> None:
        self.documents[self.town.anchor(number)] = Document(keccak256(cid(number)))

    @precondition(lambda self: sum(d.is_available for d in self.documents.values()) > DOCUMENTS - 2)
    @rule(known=st.integers(1, DOCUMENTS))
    def lose(self, known: int) -> None:
        self.town.evidence.send("set_status", known, 3, ZERO_HASH, "disk", sender=TREASURER)
        self.documents[known] = Document(self.documents[known].digest, is_available=False)

    @rule(by=callers, fund=funds, amount=amounts, source=mostly([SOURCE], [ZERO_HASH]), evidence=documents)
    def receive(self, by: Address, fund: Hash32, amount: int, source: Hash32, evidence: int) -> None:
        self.both(
            lambda: self.model.receive(by, fund, amount, source, evidence),
            lambda: self.town.treasury.send("receive", fund, amount, source, evidence, sender=by),
        )

    @rule(question=questions, costs=costs, amount=mostly([80, 100], [0, 5]), fund=funds, mask=st.integers(0, 31))
    def ask(self, question: int, costs: list[int], amount: int, fund: Hash32, mask: int) -> None:
        """A budget question; three of four have final winners."""
        if question in self.asked or self.town.authority(question) in self.model.appropriations.decisions:
            return
        self.asked[question] = (make_options(costs), make_budget(amount, fund))
        self.town.ask(question, *self.asked[question])
        if question % 4:
            self.selected[question] = mask & ((1 << len(costs)) - 1)
            self.town.select(question, self.selected[question])

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), kind=kinds)
    def appropriate_result(self, data: st.DataObject, kind: EffectKind) -> None:
        """Mostly with the question's own options and budget."""
        asked = sorted(self.asked)
        question = data.draw(mostly(asked, [12]))
        other = data.draw(mostly([question], asked))
        options, budget = self.asked.get(other, self.asked[asked[0]])
        passed = self.town.passed(question, kind, self.selected.get(question))
        self.both(
            lambda: self.model.appropriate_result(passed, options, budget),
            lambda: self.town.execute(
                question, "appropriate_result", option_rows(options), budget_row(budget), kind=kind
            ),
        )

    @rule(question=questions, fund=funds, payee=mostly([PAYEE], [ZERO_HASH]), amount=amounts, kind=kinds)
    def appropriate(self, question: int, fund: Hash32, payee: Hash32, amount: int, kind: EffectKind) -> None:
        purpose = encode_text("bench")
        passed = self.town.passed(question, kind)
        self.both(
            lambda: self.model.appropriate(passed, fund, payee, amount, purpose),
            lambda: self.town.execute(question, "appropriate", fund, payee, amount, purpose, kind=kind),
        )

    @precondition(lambda self: self.model.appropriations.made)
    @rule(question=questions, data=st.data(), kind=kinds)
    def release(self, question: int, data: st.DataObject, kind: EffectKind) -> None:
        number = number_of(data, self.model.appropriations.made)
        self.both(
            lambda: self.model.release(self.town.passed(question, kind), number),
            lambda: self.town.execute(question, "release", number, kind=kind),
        )

    @precondition(lambda self: self.model.appropriations.made)
    @rule(by=callers, data=st.data(), amount=amounts, evidence=documents)
    def order(self, by: Address, data: st.DataObject, amount: int, evidence: int) -> None:
        self.both_order(by, number_of(data, self.model.appropriations.made), amount, evidence)

    def both_order(self, by: Address, number: int, amount: int, evidence: int) -> None:
        purpose = encode_text("instalment")
        self.both(
            lambda: self.model.order(by, number, amount, purpose, evidence),
            lambda: self.town.treasury.send("order", number, amount, purpose, evidence, sender=by),
        )

    @precondition(lambda self: self.model.payments.made)
    @rule(by=callers, data=st.data(), evidence=documents)
    def change(self, by: Address, data: st.DataObject, evidence: int) -> None:
        """Settle, fail or reverse; mostly what the state allows."""
        number = number_of(data, self.model.payments.made)
        known = self.model.payments.made[number - 1 : number] if number else []
        usual = ["reverse"] if known and known[0].state is PaymentState.FAILED else ["settle", "fail"]
        step = data.draw(mostly(usual, ["settle", "fail", "reverse"]))
        values = (number,) if step == "reverse" else (number, evidence)
        self.both(
            lambda: getattr(self.model, step)(by, *values),
            lambda: self.town.treasury.send(step, *values, sender=by),
        )

    @invariant()
    def books_are_equal_and_balance(self) -> None:
        counted = recount(read_entries(self.logs))
        assert counted.trial_balance(CURRENCY) == self.books.trial_balance(CURRENCY)
        assert [entry.heading for entry in counted.entries] == [entry.heading for entry in self.books.entries]
        assert counted.total(CURRENCY) == 0
        held = {a: self.town.journal.read("balance_of", CURRENCY, a.id) for a in counted.trial_balance(CURRENCY)}
        assert held == counted.trial_balance(CURRENCY)
        assert sum(held.values()) == 0

    @invariant()
    def views_are_the_models(self) -> None:
        treasury, model = self.town.treasury, self.model
        assert [treasury.read("fund_balance", f) for f in (PARKS, ROADS)] == [model.fund_balance(f) for f in FUNDS]
        assert treasury.read("appropriation_count") == len(model.appropriations.made)
        for a in model.appropriations.made:
            expected = (a.label, a.authority, a.fund, a.payee, a.amount, model.rest(a.number))
            assert treasury.read("appropriation", a.number) == expected
        assert treasury.read("payment_count") == len(model.payments.made)
        for p in model.payments.made:
            expected_payment = (p.appropriation, p.amount, p.state, p.purpose, p.evidence, p.outcome, p.entry)
            assert treasury.read("payment", p.number) == expected_payment


MoneyMachine.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestMoneyMachine = MoneyMachine.TestCase
