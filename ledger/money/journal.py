"""The books in double entry: what contracts/money/Journal.vy does, stated once more."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.money.account import Account
from ledger.money.errors import AmountError, OverdrawnError, UnbalancedEntryError
from ledger.primitives import ZERO_HASH, Hash32

MAX_AMOUNT = 2**127 - 1
MAX_LINES = 128


@dataclass(frozen=True, slots=True)
class Line:
    """Units   `amount` in minor units; negative takes from the account."""

    account: Account
    amount: int


@dataclass(frozen=True, slots=True)
class Heading:
    """What an entry is for.

    Shape   `currency`, `purpose`: short texts in a word. `authority`: `numbered_key` of Ballots and the question, zero
            for income. `evidence`: number in Evidence, 0 for none. `reverses`: number of an earlier entry, 0 for none.
    """

    currency: Hash32
    authority: Hash32 = ZERO_HASH
    purpose: Hash32 = ZERO_HASH
    evidence: int = 0
    reverses: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A posted entry. `number` counts from 1."""

    number: int
    heading: Heading
    lines: tuple[Line, ...]


class Journal:
    """Balances by currency and account. All accounts of a currency together always hold 0."""

    def __init__(self) -> None:
        self._balances: dict[tuple[Hash32, Account], int] = {}
        self.entries: list[Entry] = []

    def post(self, heading: Heading, lines: Sequence[Line]) -> Entry:
        """Write one entry; what is refused changes nothing.

        Shape   lines take effect in order; no ordinary account is below 0 after any of them.
        Errors  UnbalancedEntryError, AmountError, OverdrawnError, BadInputError.
        Source  contracts/money/Journal.vy enforces the same.
        """
        number = len(self.entries) + 1
        self._validate(heading, lines, number)
        after: dict[tuple[Hash32, Account], int] = {}
        for line in lines:
            place = (heading.currency, line.account)
            before = after.get(place, self._balances.get(place, 0))
            if before + line.amount < 0 and not line.account.may_be_negative:
                raise OverdrawnError(line.account, -line.amount, before)
            after[place] = before + line.amount
        self._balances |= after
        entry = Entry(number, heading, tuple(lines))
        self.entries.append(entry)
        return entry

    @staticmethod
    def _validate(heading: Heading, lines: Sequence[Line], number: int) -> None:
        if heading.currency == ZERO_HASH:
            raise BadInputError("currency: found none, expected a code")
        if not 0 <= heading.reverses < number:
            raise BadInputError(f"reverses: found {heading.reverses}, expected an entry before {number}")
        if len(lines) > MAX_LINES:
            raise BadInputError(f"lines: found {len(lines)}, expected at most {MAX_LINES}")
        for line in lines:
            if line.amount == 0 or abs(line.amount) > MAX_AMOUNT:
                raise AmountError(f"line of {line.account}", line.amount)
        total = sum(line.amount for line in lines)
        if len(lines) < 2 or total != 0:
            raise UnbalancedEntryError(len(lines), total)

    def balance(self, currency: Hash32, account: Account) -> int:
        """What an account holds, in minor units; 0 for one that no line ever named."""
        return self._balances.get((currency, account), 0)

    def trial_balance(self, currency: Hash32) -> dict[Account, int]:
        """Every account of a currency that holds something, oldest first. The values add up to 0."""
        return {a: held for (c, a), held in self._balances.items() if c == currency and held}

    def total(self, currency: Hash32) -> int:
        """Sum of all accounts of a currency: 0, or the books are broken."""
        return sum(self.trial_balance(currency).values())
