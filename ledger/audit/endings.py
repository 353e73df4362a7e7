"""How questions end: the outcome, the allocation, the effect."""

from typing import Any

from ledger.audit.asked import Asked
from ledger.audit.checks import Checks
from ledger.audit.questions import Questions
from ledger.audit.record import AuditBlock, AuditTransaction, Event
from ledger.errors import LedgerError
from ledger.primitives import ZERO_HASH, Address, Hash32
from ledger.system import SystemContract
from ledger.voting.allocation import Allocation, allocate
from ledger.voting.equal_shares import allocate_equal_shares, make_election
from ledger.voting.outcome import is_passed
from ledger.voting.question import AllocationRule, Budget, EffectKind, Option, TieRule, effect_hash, options_hash

BALLOTS = SystemContract.BALLOTS.address


class Endings:
    """Closes, allocations and executions, each worked out once more."""

    def __init__(self, checks: Checks, questions: Questions) -> None:
        self._checks = checks
        self._questions = questions

    def take(self, block: AuditBlock, transaction: AuditTransaction, event: Event) -> None:
        if event.kind is SystemContract.BALLOTS and event.name in ("Closed", "Executed"):
            asked = self._questions.find(event.address, int(event.values["id"]))
            if asked is None:
                self._checks.skip("outcome.passed", "a question's opening could not be read")
            elif event.name == "Closed":
                self._take_closed(block, asked, event)
            else:
                self._take_executed(block, transaction, asked, event)
        elif event.kind in (SystemContract.ALLOCATION, SystemContract.EQUAL_SHARES):
            # Allocations are of the founding version.
            asked = self._questions.find(BALLOTS, int(event.values.get("id", 0)))
            self._take_allocation(transaction, event, asked)

    def effect_of(self, transaction: AuditTransaction, event: Event) -> EffectKind | None:
        """The kind of the passed question whose effect an event is; None for none."""
        wanted = event.values.get("question")
        for executed in transaction.effects:
            asked = self._questions.find(executed.address, int(executed.values["id"]))
            if asked is not None and asked.passed and wanted in (None, executed.values["id"]):
                return asked.question.effect_kind
        return None

    def _take_closed(self, block: AuditBlock, asked: Asked, event: Event) -> None:
        checks, question, tally = self._checks, asked.question, asked.tally
        name = f"question {question.id}"
        holds = block.time >= question.closes and not asked.closed
        checks.require("outcome.time", holds, f"once, from {question.closes} on", block.time, name)
        asked.closed, asked.turnout = True, tally.turnout
        asked.passed = is_passed(question.form.kind, question.terms, asked.electorate, tally.turnout, tally.votes)
        checks.expect("outcome.turnout", tally.turnout, event.values["turnout"], name)
        checks.expect("outcome.passed", asked.passed, event.values["passed"], name)

    def _take_executed(self, block: AuditBlock, transaction: AuditTransaction, asked: Asked, event: Event) -> None:
        checks, question = self._checks, asked.question
        name = f"question {question.id}"
        holds = asked.passed and not asked.executed
        checks.require("effect.passed", holds, "a passed question, once", f"passed {asked.passed}", name)
        start = question.closes + question.terms.waiting
        checks.require("effect.waiting", block.time >= start, f"from {start} on", block.time, name)
        asked.executed = True
        arguments = transaction.arguments(event, "execute")
        if arguments is None:
            checks.skip("effect.call", "an effect was executed by a contract, whose arguments are not in calldata")
            return
        asked.executed_call = (Address(arguments["target"]), bytes(arguments["data"]))
        checks.expect("effect.call", question.effect, effect_hash(*asked.executed_call), name)

    def _take_allocation(self, transaction: AuditTransaction, event: Event, asked: Asked | None) -> None:
        if asked is None:
            self._checks.skip("allocation.selected", "a question's opening could not be read")
            return
        arguments = transaction.arguments(event, "allocate", "allocate_all", "propose")
        if arguments is not None and event.name in ("Allocated", "Finalised", "Proposed"):
            self._read_budget(asked, arguments)
        if event.name in ("Allocated", "Finalised"):
            self._check_allocation(asked, event)

    def _read_budget(self, asked: Asked, arguments: dict[str, Any]) -> None:
        name = f"question {asked.question.id}"
        options = tuple(Option(Hash32(label), cost, Hash32(payee)) for label, cost, payee in arguments["options"])
        rule, fund, amount, threshold, ties, exclusive, step = arguments["budget"]
        try:
            budget = Budget(
                AllocationRule(rule), Hash32(fund), amount, threshold, TieRule(ties), tuple(exclusive), step
            )
        except (ValueError, LedgerError) as error:
            self._checks.fail("allocation.options", "a budget", str(error), name)
            return
        self._checks.expect("allocation.options", asked.question.options, options_hash(options), name)
        if self._checks.expect("allocation.options", asked.question.budget, budget.hash, name):
            asked.budget = budget

    def _check_allocation(self, asked: Asked, event: Event) -> None:
        name = f"question {asked.question.id}"
        self._checks.require("allocation.options", asked.passed, "a closed and passed question", "another", name)
        if asked.budget is None or asked.question.budget == ZERO_HASH:
            self._checks.skip("allocation.selected", "a budget is not in calldata")
            return
        try:
            found = repeat_allocation(asked)
        except LedgerError as error:
            self._checks.fail("allocation.selected", "an allocation by the rule", error.detail, name)
            return
        asked.selected, asked.spent = found.mask, found.spent
        self._checks.expect("allocation.selected", found.mask, event.values["selected"], name)
        self._checks.expect("allocation.spent", found.spent, event.values["spent"], name)


def repeat_allocation(asked: Asked) -> Allocation:
    """Pick the winners once more. Errors: AllocationError, EqualSharesError, BadInputError without a budget."""
    budget, tally = asked.budget, asked.tally
    costs = [option.cost for option in asked.options]
    if budget is None:
        return Allocation((), 0)
    if budget.rule is not AllocationRule.EQUAL_SHARES_ADD1:
        return allocate(costs, tally.points or tally.votes, budget)
    choices = (lane.choice for lane in tally.lanes.values())
    return allocate_equal_shares(make_election(asked.question.form, costs, choices, budget)).allocation
