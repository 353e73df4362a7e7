"""The treasury: what contracts/money/Treasury.vy does, stated once more, with the same refusals."""

from collections.abc import Collection, Mapping, Sequence

from ledger.money.account import Account, AccountKind
from ledger.money.appropriation import Appropriation, Appropriations, PassedQuestion
from ledger.money.bookkeeping import Bookkeeping, validate_amount
from ledger.money.document import Document, Documents
from ledger.money.errors import NotAllowedError, UnknownRecordError
from ledger.money.journal import Journal
from ledger.money.payment import Payment, Payments
from ledger.primitives import ZERO_HASH, Address, Hash32
from ledger.voting.question import Budget, EffectKind, Option


class Treasury:
    """Funds, appropriations and payments over a journal. What is refused changes nothing.

    Shape   `by` is who calls. `treasurers` and `documents` (by number in Evidence) may change between calls.
    Errors  of every entry: NotAllowedError (no treasurer, another kind of question, ...), UnknownRecordError,
            AmountError, OverdrawnError (more than the account holds), DocumentError, PaymentStateError.
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
        self.funds = tuple(funds)
        self.books = Bookkeeping(address, journal, currency)
        self.appropriations = Appropriations(self.books)
        self._documents = Documents(documents)
        self.payments = Payments(self.books, self.appropriations, self._documents)
        self._treasurers = treasurers

    def fund_balance(self, fund: Hash32) -> int:
        """What a fund holds and no ballot has taken."""
        return self.books.held(self._fund(fund))

    def appropriation(self, number: int) -> Appropriation:
        """What a ballot fixed."""
        return self.appropriations.get(number)

    def rest(self, appropriation: int) -> int:
        """What of an appropriation is neither ordered nor released."""
        return self.books.held(self.appropriations.account(appropriation))

    def payment(self, number: int) -> Payment:
        """A payment with its state."""
        return self.payments.get(number)

    def receive(self, by: Address, fund: Hash32, amount: int, source: Hash32, evidence: int) -> None:
        """Book income: source -> fund."""
        self._only_treasurer(by)
        taker = self._fund(fund)
        validate_amount("income", amount)
        if source == ZERO_HASH:
            raise UnknownRecordError("source", source)
        self._documents.require(evidence)
        self.books.move(Account(AccountKind.SOURCE, source), taker, amount, "income", evidence=evidence)

    def appropriate_result(self, question: PassedQuestion, options: Sequence[Option], budget: Budget) -> None:
        """Give each winner of a budget question its appropriation, the first hundred at once."""
        _only_budget(question)
        self._fund(budget.fund)
        self.appropriations.take_winners(question, options, budget)

    def appropriate_pending(self, authority: Hash32, options: Sequence[Option]) -> None:
        """Give the next hundred winners of a decision their appropriations."""
        self.appropriations.take_pending(authority, options)

    def appropriate(self, question: PassedQuestion, fund: Hash32, payee: Hash32, amount: int, purpose: Hash32) -> None:
        """Take an amount for one payee, by a yes/no question."""
        _only_budget(question)
        if question.budget != ZERO_HASH:
            raise NotAllowedError("question: found one with winners of its own, expected yes/no")
        self._fund(fund)
        for field, word in (("payee", payee), ("purpose", purpose)):
            if word == ZERO_HASH:
                raise UnknownRecordError(field, word)
        self.appropriations.take_one(question.authority, fund, payee, amount, purpose)

    def release(self, question: PassedQuestion, appropriation: int) -> None:
        """Give an appropriation's rest back to its fund."""
        _only_budget(question)
        self.appropriations.release(question.authority, appropriation)

    def order(self, by: Address, appropriation: int, amount: int, purpose: Hash32, evidence: int) -> Payment:
        """Order a payment to the appropriation's payee."""
        self._only_treasurer(by)
        return self.payments.order(appropriation, amount, purpose, evidence)

    def settle(self, by: Address, payment: int, evidence: int) -> None:
        """An ordered payment reached its payee."""
        self._only_treasurer(by)
        self.payments.settle(payment, evidence)

    def fail(self, by: Address, payment: int, evidence: int) -> None:
        """An ordered payment did not reach its payee."""
        self._only_treasurer(by)
        self.payments.fail(payment, evidence)

    def reverse(self, by: Address, payment: int) -> None:
        """Give a failed payment's amount back to its appropriation."""
        self._only_treasurer(by)
        self.payments.reverse(payment)

    def _fund(self, fund: Hash32) -> Account:
        if fund not in self.funds:
            raise UnknownRecordError("fund", fund)
        return Account(AccountKind.FUND, fund)

    def _only_treasurer(self, by: Address) -> None:
        if by not in self._treasurers:
            raise NotAllowedError(f"caller: found 0x{by.hex()}, expected a treasurer")


def _only_budget(question: PassedQuestion) -> None:
    if question.effect_kind is not EffectKind.BUDGET:
        raise NotAllowedError(f"effect: found {question.effect_kind.name.lower()}, expected budget")
