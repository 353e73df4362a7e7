"""How the treasury writes to the journal and reads from it: one currency, one owner of numbers."""

from collections.abc import Sequence

from ledger.money.account import Account, AccountKind, numbered_key
from ledger.money.errors import AmountError
from ledger.money.journal import MAX_AMOUNT, Heading, Journal, Line
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Address, Hash32


class Bookkeeping:
    """A journal as one Treasury version uses it. `owner`: its address."""

    def __init__(self, owner: Address, journal: Journal, currency: Hash32) -> None:
        self.owner = owner
        self.journal = journal
        self.currency = currency

    def held(self, account: Account) -> int:
        """What an account holds, in minor units."""
        return self.journal.balance(self.currency, account)

    def numbered(self, kind: AccountKind, number: int) -> Account:
        """The account of an appropriation or a payment of this owner."""
        return Account(kind, numbered_key(self.owner, number))

    def move(
        self,
        giver: Account,
        taker: Account,
        amount: int,
        purpose: Hash32 | str,
        authority: Hash32 = ZERO_HASH,
        evidence: int = 0,
        reverses: int = 0,
    ) -> int:
        """Post an entry of two lines. Result: its number. Errors: those of `Journal.post`."""
        word = encode_text(purpose) if isinstance(purpose, str) else purpose
        heading = Heading(self.currency, authority, word, evidence, reverses)
        return self.journal.post(heading, [Line(giver, -amount), Line(taker, amount)]).number

    def split(self, giver: Account, lines: Sequence[Line], purpose: str, authority: Hash32) -> None:
        """Post an entry that takes from one account what the lines add to others."""
        total = sum(line.amount for line in lines)
        heading = Heading(self.currency, authority, encode_text(purpose))
        self.journal.post(heading, [*lines, Line(giver, -total)])


def validate_amount(field: str, amount: int) -> None:
    """Errors  AmountError for nothing, and for what no line can carry."""
    if not 0 < amount <= MAX_AMOUNT:
        raise AmountError(field, amount)
