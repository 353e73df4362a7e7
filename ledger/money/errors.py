"""What can be wrong with a movement of money. Each names the account, the amount and what is left."""

from ledger.errors import BadInputError, CheckFailedError
from ledger.money.account import Account
from ledger.primitives import Hash32, to_hex


class AmountError(BadInputError):
    """An amount of nothing, or one that no line can carry."""

    type = "bad-amount"

    def __init__(self, field: str, amount: int) -> None:
        super().__init__(f"{field}: found {amount}, expected 1 to 2**127 - 1", field=field, amount=amount)


class UnbalancedEntryError(BadInputError):
    """Lines that are fewer than two, or do not add up to 0."""

    type = "unbalanced-entry"

    def __init__(self, lines: int, total: int) -> None:
        super().__init__(
            f"entry: {lines} lines that add up to {total}, expected at least 2 that add up to 0",
            lines=lines,
            total=total,
        )


class OverdrawnError(BadInputError):
    """More taken from an account than it holds."""

    type = "overdrawn"

    def __init__(self, account: Account, amount: int, rest: int) -> None:
        super().__init__(
            f"{account}: takes {amount}, expected at most the rest, {rest}",
            account=to_hex(account.id),
            amount=amount,
            rest=rest,
        )


class NotAllowedError(BadInputError):
    """The caller lacks the duty, or the question does not allow the movement."""

    type = "money-not-allowed"


class UnknownRecordError(BadInputError):
    """A fund, an appropriation, a payment or a document that is not there."""

    type = "unknown-money-record"

    def __init__(self, kind: str, found: int | Hash32) -> None:
        shown = found if isinstance(found, int) else to_hex(found)
        super().__init__(f"{kind}: found {shown}, expected a known one", kind=kind, found=shown)


class DocumentError(BadInputError):
    """A document that is not available, or pays another payment already."""

    type = "bad-document"


class PaymentStateError(BadInputError):
    """A step that a payment's state does not allow."""

    type = "payment-state"

    def __init__(self, payment: int, found: str, expected: str) -> None:
        super().__init__(
            f"payment {payment}: found {found}, expected {expected}", payment=payment, found=found, expected=expected
        )


class BooksDifferError(CheckFailedError):
    """Posted lines that contradict each other or the rules of the journal."""

    type = "books-differ"

    def __init__(self, entry: int, field: str, found: object, expected: object) -> None:
        super().__init__(
            f"entry {entry}: {field}: found {found}, expected {expected}",
            entry=entry,
            field=field,
            found=str(found),
            expected=str(expected),
        )
