"""Appropriations: what passed questions took from the funds, and for whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.money.account import Account, AccountKind
from ledger.money.bookkeeping import Bookkeeping, validate_amount
from ledger.money.errors import NotAllowedError, OverdrawnError, UnknownRecordError
from ledger.money.journal import Line
from ledger.primitives import ZERO_HASH, Hash32
from ledger.voting.question import Budget, EffectKind, Option, options_hash

MAX_WINNERS_A_CALL = 100
"""Appropriations that one call makes; more winners wait for the next call."""


@dataclass(frozen=True, slots=True)
class PassedQuestion:
    """What the treasury asks about the question whose effect it is.

    Shape   `authority`: `numbered_key` of Ballots and the question's id. `options`, `budget`: hashes in the question.
            `selected`: the winners as a mask (bit i: option i + 1), None while the allocation is not final.
    """

    authority: Hash32
    effect_kind: EffectKind = EffectKind.BUDGET
    options: Hash32 = ZERO_HASH
    budget: Hash32 = ZERO_HASH
    selected: int | None = None


@dataclass(slots=True)
class Decision:
    """What a question took. `pending`: indexes of winners that have no appropriation yet, ascending."""

    fund: Hash32
    options: Hash32 = ZERO_HASH
    pending: list[int] = field(default_factory=list)

    @property
    def pending_mask(self) -> int:
        """The same as the contract has it: bit i is option i + 1."""
        return sum(1 << i for i in self.pending)


@dataclass(frozen=True, slots=True)
class Appropriation:
    """What the ballot fixed. The rest is the account's balance in the journal. Units: `amount` in minor units."""

    number: int
    label: Hash32
    authority: Hash32
    fund: Hash32
    payee: Hash32
    amount: int


class Appropriations:
    """All appropriations of a treasury, and the decisions that they come from. A question takes once."""

    def __init__(self, books: Bookkeeping) -> None:
        self.decisions: dict[Hash32, Decision] = {}
        self.made: list[Appropriation] = []
        self._books = books

    def get(self, number: int) -> Appropriation:
        """Errors  UnknownRecordError."""
        if not 0 < number <= len(self.made):
            raise UnknownRecordError("appropriation", number)
        return self.made[number - 1]

    def account(self, number: int) -> Account:
        """The account that holds the rest. Errors: UnknownRecordError."""
        return self._books.numbered(AccountKind.APPROPRIATION, self.get(number).number)

    def take_one(self, authority: Hash32, fund: Hash32, payee: Hash32, amount: int, purpose: Hash32) -> None:
        """Take an amount for one payee, by a yes/no question.

        Errors  NotAllowedError, AmountError, OverdrawnError.
        """
        giver = self._validate_decision(authority, fund, amount)
        self.decisions[authority] = Decision(fund)
        self._books.move(giver, self._new(purpose, authority, payee, amount), amount, purpose, authority)

    def take_winners(self, question: PassedQuestion, options: Sequence[Option], budget: Budget) -> None:
        """Take the winners' costs; the first hundred get their appropriations at once.

        Errors  NotAllowedError, AmountError, OverdrawnError.
        """
        if options_hash(options) != question.options or budget.hash != question.budget:
            raise NotAllowedError("options or budget: found others, expected those of the question")
        if question.selected is None:
            raise NotAllowedError("allocation: found none that is final, expected the winners")
        winners = [i for i, o in enumerate(options) if question.selected >> i & 1 and o.cost > 0]
        total = sum(options[i].cost for i in winners)
        if total > budget.amount:
            raise NotAllowedError(f"winners: cost {total}, expected at most the budget, {budget.amount}")
        giver = self._validate_decision(question.authority, budget.fund, total)
        self.decisions[question.authority] = Decision(budget.fund, question.options, winners)
        taker = Account(AccountKind.DECISION, question.authority)
        self._books.move(giver, taker, total, "decision", question.authority)
        self._take_next(question.authority, options)

    def take_pending(self, authority: Hash32, options: Sequence[Option]) -> None:
        """Give the next hundred winners of a decision their appropriations. Errors: NotAllowedError."""
        decision = self.decisions.get(authority)
        if decision is None or not decision.pending:
            raise NotAllowedError("decision: found no winner without appropriation, expected one")
        if options_hash(options) != decision.options:
            raise NotAllowedError("options: found others, expected those of the question")
        self._take_next(authority, options)

    def release(self, authority: Hash32, number: int) -> None:
        """Give an appropriation's rest back to its fund. Errors: UnknownRecordError, OverdrawnError."""
        giver = self.account(number)
        rest = self._books.held(giver)
        if rest == 0:
            raise OverdrawnError(giver, 1, 0)
        self._books.move(giver, Account(AccountKind.FUND, self.get(number).fund), rest, "release", authority)

    def _validate_decision(self, authority: Hash32, fund: Hash32, amount: int) -> Account:
        """Refuse a second time, and more than the fund holds. Result: the fund's account."""
        giver = Account(AccountKind.FUND, fund)
        if authority in self.decisions:
            raise NotAllowedError("question: has appropriated before, expected once")
        validate_amount("appropriation", amount)
        if amount > self._books.held(giver):
            raise OverdrawnError(giver, amount, self._books.held(giver))
        return giver

    def _take_next(self, authority: Hash32, options: Sequence[Option]) -> None:
        """Split what the decision still holds among the first of the winners that have no appropriation."""
        decision = self.decisions[authority]
        now, decision.pending = decision.pending[:MAX_WINNERS_A_CALL], decision.pending[MAX_WINNERS_A_CALL:]
        won = [options[i] for i in now]
        lines = [Line(self._new(o.label, authority, o.payee, o.cost), o.cost) for o in won]
        self._books.split(Account(AccountKind.DECISION, authority), lines, "appropriation", authority)

    def _new(self, label: Hash32, authority: Hash32, payee: Hash32, amount: int) -> Account:
        """Number a new appropriation. Result: its account, still empty."""
        number = len(self.made) + 1
        fund = self.decisions[authority].fund
        self.made.append(Appropriation(number, label, authority, fund, payee, amount))
        return self.account(number)
