"""The treasury: what contracts/money/Treasury.vy does, stated once more, with the same refusals."""

from collections.abc import Collection, Mapping, Sequence

from ledger.money.account import Account, AccountKind, numbered_key
from ledger.money.appropriation import MAX_WINNERS_A_CALL, Appropriation, Decision, PassedQuestion
from ledger.money.errors import (
    AmountError,
    DocumentError,
    NotAllowedError,
    OverdrawnError,
    PaymentStateError,
    UnknownRecordError,
)
from ledger.money.journal import MAX_AMOUNT, Heading, Journal, Line
from ledger.money.payment import Document, Payment, PaymentState
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Address, Hash32
from ledger.voting.question import Budget, EffectKind, Option, options_hash


class Treasury:
    """Funds, appropriations and payments over a journal. What is refused changes nothing.

    Shape   `treasurers` and `documents` (by number in Evidence) belong to the caller and may change between calls.
    """

    def __init__(
        self,
        address: Address,
        journal: Journal,
        currency: Hash32,
        funds: Collection[Hash32],
        treasurers: Collection[Address],
        documents: Mapping[int, Document],
    ) -> None:
        self.address = address
        self.journal = journal
        self.currency = currency
        self.funds = tuple(funds)
        self.decisions: dict[Hash32, Decision] = {}
        self.appropriations: list[Appropriation] = []
        self.payments: list[Payment] = []
        self.payment_for: dict[Hash32, int] = {}
        self._treasurers = treasurers
        self._documents = documents

    def fund_balance(self, fund: Hash32) -> int:
        """What a fund holds and no ballot has taken. Errors: UnknownRecordError."""
        return self._held(self._fund(fund))

    def rest(self, appropriation: int) -> int:
        """What of an appropriation is neither ordered nor released. Errors: UnknownRecordError."""
        return self._held(self._appropriation_account(self.appropriation(appropriation).number))

    def appropriation(self, number: int) -> Appropriation:
        """Errors  UnknownRecordError."""
        if not 0 < number <= len(self.appropriations):
            raise UnknownRecordError("appropriation", number)
        return self.appropriations[number - 1]

    def payment(self, number: int) -> Payment:
        """Errors  UnknownRecordError."""
        if not 0 < number <= len(self.payments):
            raise UnknownRecordError("payment", number)
        return self.payments[number - 1]

    def receive(self, by: Address, fund: Hash32, amount: int, source: Hash32, evidence: int) -> None:
        """Book income: source -> fund."""
        self._only_treasurer(by)
        target = self._fund(fund)
        _check_amount("income", amount)
        if source == ZERO_HASH:
            raise UnknownRecordError("source", source)
        self._document(evidence)
        self._move(Account(AccountKind.SOURCE, source), target, amount, encode_text("income"), evidence=evidence)

    def appropriate_result(self, question: PassedQuestion, options: Sequence[Option], budget: Budget) -> None:
        """Take the winners' costs from the fund; the first hundred get their appropriations at once."""
        _only_budget(question)
        fund = self._fund(budget.fund)
        if options_hash(options) != question.options or budget.hash != question.budget:
            raise NotAllowedError("options or budget: found others, expected those of the question")
        if question.selected is None:
            raise NotAllowedError("allocation: found none that is final, expected the winners")
        winners = [i for i, o in enumerate(options) if question.selected >> i & 1 and o.cost > 0]
        total = sum(options[i].cost for i in winners)
        if total > budget.amount:
            raise NotAllowedError(f"winners: cost {total}, expected at most the budget, {budget.amount}")
        self._check_decision(question.authority, fund, total)
        self.decisions[question.authority] = Decision(budget.fund, question.options, winners)
        decision = Account(AccountKind.DECISION, question.authority)
        self._move(fund, decision, total, encode_text("decision"), question.authority)
        self._appropriate_next(question.authority, options)

    def appropriate_pending(self, authority: Hash32, options: Sequence[Option]) -> None:
        """Give the next winners of a decision their appropriations, a hundred at a time."""
        decision = self.decisions.get(authority)
        if decision is None or not decision.pending:
            raise NotAllowedError("decision: found no winner without appropriation, expected one")
        if options_hash(options) != decision.options:
            raise NotAllowedError("options: found others, expected those of the question")
        self._appropriate_next(authority, options)

    def appropriate(self, question: PassedQuestion, fund: Hash32, payee: Hash32, amount: int, purpose: Hash32) -> None:
        """Take an amount for one payee, by a yes/no question."""
        _only_budget(question)
        if question.budget != ZERO_HASH:
            raise NotAllowedError("question: found one with winners of its own, expected yes/no")
        giver = self._fund(fund)
        for field, word in (("payee", payee), ("purpose", purpose)):
            if word == ZERO_HASH:
                raise UnknownRecordError(field, word)
        self._check_decision(question.authority, giver, amount)
        self.decisions[question.authority] = Decision(fund)
        taker = self._new(purpose, question.authority, payee, amount)
        self._move(giver, taker, amount, purpose, question.authority)

    def release(self, question: PassedQuestion, appropriation: int) -> None:
        """Give an appropriation's rest back to its fund."""
        _only_budget(question)
        known = self.appropriation(appropriation)
        giver = self._appropriation_account(appropriation)
        rest = self._held(giver)
        if rest == 0:
            raise OverdrawnError(giver, 1, 0)
        self._move(giver, self._fund(known.fund), rest, encode_text("release"), question.authority)

    def order(self, by: Address, appropriation: int, amount: int, purpose: Hash32, evidence: int) -> Payment:
        """Order a payment to the appropriation's payee: appropriation -> obligation."""
        self._only_treasurer(by)
        known = self.appropriation(appropriation)
        for field, word in (("payee", known.payee), ("purpose", purpose)):
            if word == ZERO_HASH:
                raise UnknownRecordError(field, word)
        giver = self._appropriation_account(appropriation)
        if amount == 0:
            raise AmountError("payment", amount)
        if amount > self._held(giver):
            raise OverdrawnError(giver, amount, self._held(giver))
        digest = self._document(evidence).digest
        if digest in self.payment_for:
            raise DocumentError(f"evidence {evidence}: pays payment {self.payment_for[digest]}, expected none")
        number = len(self.payments) + 1
        entry = self._move(giver, self._obligation(number), amount, purpose, known.authority, evidence)
        payment = Payment(number, appropriation, amount, purpose, evidence, entry)
        self.payment_for[digest] = number
        self.payments.append(payment)
        return payment

    def settle(self, by: Address, payment: int, evidence: int) -> None:
        """The money reached the payee: obligation -> payee."""
        known = self._end(by, payment, PaymentState.SETTLED, evidence)
        appropriation = self.appropriation(known.appropriation)
        payee = Account(AccountKind.PAYEE, appropriation.payee)
        giver = self._obligation(payment)
        self._move(giver, payee, known.amount, known.purpose, appropriation.authority, evidence)

    def fail(self, by: Address, payment: int, evidence: int) -> None:
        """The money did not reach the payee; it stays an obligation until the payment is reversed."""
        self._end(by, payment, PaymentState.FAILED, evidence)

    def reverse(self, by: Address, payment: int) -> None:
        """A failed payment's amount goes back to its appropriation, and its document is free again."""
        self._only_treasurer(by)
        known = self._in_state(payment, PaymentState.FAILED)
        known.state = PaymentState.REVERSED
        del self.payment_for[self._documents[known.evidence].digest]
        taker = self._appropriation_account(known.appropriation)
        authority = self.appropriation(known.appropriation).authority
        giver = self._obligation(payment)
        self._move(giver, taker, known.amount, known.purpose, authority, known.outcome, known.entry)

    def _end(self, by: Address, payment: int, state: PaymentState, evidence: int) -> Payment:
        """Bring an ordered payment to its outcome, shown by a document."""
        self._only_treasurer(by)
        self._document(evidence)
        known = self._in_state(payment, PaymentState.ORDERED)
        known.state, known.outcome = state, evidence
        return known

    def _in_state(self, payment: int, state: PaymentState) -> Payment:
        known = self.payment(payment)
        if known.state is not state:
            raise PaymentStateError(payment, known.state.name.lower(), state.name.lower())
        return known

    def _check_decision(self, authority: Hash32, fund: Account, amount: int) -> None:
        if authority in self.decisions:
            raise NotAllowedError("question: has appropriated before, expected once")
        _check_amount("appropriation", amount)
        if amount > self._held(fund):
            raise OverdrawnError(fund, amount, self._held(fund))

    def _appropriate_next(self, authority: Hash32, options: Sequence[Option]) -> None:
        """Split what the decision still holds among the first of the winners that have no appropriation."""
        decision = self.decisions[authority]
        now, decision.pending = decision.pending[:MAX_WINNERS_A_CALL], decision.pending[MAX_WINNERS_A_CALL:]
        won = [options[i] for i in now]
        lines = [Line(self._new(o.label, authority, o.payee, o.cost), o.cost) for o in won]
        lines.append(Line(Account(AccountKind.DECISION, authority), -sum(o.cost for o in won)))
        self.journal.post(Heading(self.currency, authority, encode_text("appropriation")), lines)

    def _new(self, label: Hash32, authority: Hash32, payee: Hash32, amount: int) -> Account:
        number = len(self.appropriations) + 1
        fund = self.decisions[authority].fund
        self.appropriations.append(Appropriation(number, label, authority, fund, payee, amount))
        return self._appropriation_account(number)

    def _move(
        self,
        giver: Account,
        taker: Account,
        amount: int,
        purpose: Hash32,
        authority: Hash32 = ZERO_HASH,
        evidence: int = 0,
        reverses: int = 0,
    ) -> int:
        """Post an entry of two lines. Result: its number."""
        heading = Heading(self.currency, authority, purpose, evidence, reverses)
        return self.journal.post(heading, [Line(giver, -amount), Line(taker, amount)]).number

    def _held(self, account: Account) -> int:
        return self.journal.balance(self.currency, account)

    def _fund(self, fund: Hash32) -> Account:
        if fund not in self.funds:
            raise UnknownRecordError("fund", fund)
        return Account(AccountKind.FUND, fund)

    def _appropriation_account(self, number: int) -> Account:
        return Account(AccountKind.APPROPRIATION, numbered_key(self.address, number))

    def _obligation(self, number: int) -> Account:
        return Account(AccountKind.OBLIGATION, numbered_key(self.address, number))

    def _only_treasurer(self, by: Address) -> None:
        if by not in self._treasurers:
            raise NotAllowedError(f"caller: found 0x{by.hex()}, expected a treasurer")

    def _document(self, evidence: int) -> Document:
        document = self._documents.get(evidence)
        if document is None:
            raise UnknownRecordError("evidence", evidence)
        if not document.is_available:
            raise DocumentError(f"evidence {evidence}: withheld or lost, expected available")
        return document


def _only_budget(question: PassedQuestion) -> None:
    if question.effect_kind is not EffectKind.BUDGET:
        raise NotAllowedError(f"effect: found {question.effect_kind.name.lower()}, expected budget")


def _check_amount(field: str, amount: int) -> None:
    if not 0 < amount <= MAX_AMOUNT:
        raise AmountError(field, amount)
