"""Payments: ordered, then settled; or failed, and then reversed."""

from dataclasses import dataclass
from enum import IntEnum

from ledger.money.account import Account, AccountKind
from ledger.money.appropriation import Appropriations
from ledger.money.bookkeeping import Bookkeeping
from ledger.money.document import Documents
from ledger.money.errors import AmountError, DocumentError, OverdrawnError, PaymentStateError, UnknownRecordError
from ledger.primitives import ZERO_HASH, Hash32


class PaymentState(IntEnum):
    """What became of a payment."""

    ORDERED = 1
    SETTLED = 2
    FAILED = 3
    REVERSED = 4


@dataclass(slots=True)
class Payment:
    """A payment to the appropriation's payee.

    Shape   `evidence`: number of the document that it was ordered by; `outcome`: of the one that it was settled or
            failed by, 0 while ordered; `entry`: number of the ordering entry in the journal.
    Units   `amount` in minor units.
    """

    number: int
    appropriation: int
    amount: int
    purpose: Hash32
    evidence: int
    entry: int
    state: PaymentState = PaymentState.ORDERED
    outcome: int = 0


class Payments:
    """All payments of a treasury. `payment_for`: by digest, the payment that a document pays."""

    def __init__(self, books: Bookkeeping, appropriations: Appropriations, documents: Documents) -> None:
        self.made: list[Payment] = []
        self.payment_for: dict[Hash32, int] = {}
        self._books = books
        self._appropriations = appropriations
        self._documents = documents

    def get(self, number: int) -> Payment:
        """Errors  UnknownRecordError."""
        if not 0 < number <= len(self.made):
            raise UnknownRecordError("payment", number)
        return self.made[number - 1]

    def order(self, appropriation: int, amount: int, purpose: Hash32, evidence: int) -> Payment:
        """Order a payment: appropriation -> obligation. Errors: those of `Treasury.order`."""
        known = self._appropriations.get(appropriation)
        for field, word in (("payee", known.payee), ("purpose", purpose)):
            if word == ZERO_HASH:
                raise UnknownRecordError(field, word)
        giver = self._appropriations.account(appropriation)
        self._validate_rest(giver, amount)
        number = len(self.made) + 1
        digest = self._documents.require(evidence)
        if digest in self.payment_for:
            raise DocumentError(f"evidence {evidence}: pays payment {self.payment_for[digest]}, expected none")
        entry = self._books.move(giver, self._account(number), amount, purpose, known.authority, evidence)
        payment = Payment(number, appropriation, amount, purpose, evidence, entry)
        self.payment_for[digest] = number
        self.made.append(payment)
        return payment

    def settle(self, number: int, evidence: int) -> None:
        """The money reached the payee: obligation -> payee."""
        payment = self._end(number, PaymentState.SETTLED, evidence)
        known = self._appropriations.get(payment.appropriation)
        taker = Account(AccountKind.PAYEE, known.payee)
        self._books.move(self._account(number), taker, payment.amount, payment.purpose, known.authority, evidence)

    def fail(self, number: int, evidence: int) -> None:
        """The money did not reach the payee; it stays an obligation until the payment is reversed."""
        self._end(number, PaymentState.FAILED, evidence)

    def reverse(self, number: int) -> None:
        """A failed payment's amount goes back to its appropriation, and its document is free again."""
        payment = self._in_state(number, PaymentState.FAILED)
        payment.state = PaymentState.REVERSED
        del self.payment_for[self._documents.digest(payment.evidence)]
        self._books.move(
            self._account(number),
            self._appropriations.account(payment.appropriation),
            payment.amount,
            payment.purpose,
            self._appropriations.get(payment.appropriation).authority,
            payment.outcome,
            payment.entry,
        )

    def _validate_rest(self, giver: Account, amount: int) -> None:
        if amount <= 0:
            raise AmountError("payment", amount)
        rest = self._books.held(giver)
        if amount > rest:
            raise OverdrawnError(giver, amount, rest)

    def _end(self, number: int, state: PaymentState, evidence: int) -> Payment:
        """Bring an ordered payment to its outcome, shown by a document."""
        self._documents.require(evidence)
        payment = self._in_state(number, PaymentState.ORDERED)
        payment.state, payment.outcome = state, evidence
        return payment

    def _in_state(self, number: int, state: PaymentState) -> Payment:
        payment = self.get(number)
        if payment.state is not state:
            raise PaymentStateError(number, payment.state.name.lower(), state.name.lower())
        return payment

    def _account(self, number: int) -> Account:
        return self._books.numbered(AccountKind.OBLIGATION, number)
