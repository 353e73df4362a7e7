"""Payments: each ordered for a document of its own, to its payee; then settled, or failed and reversed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.audit.appropriations import AppropriationRules
from ledger.audit.checks import Checks
from ledger.audit.journal import BookedEntry
from ledger.audit.record import Event
from ledger.audit.tables import NUMBER_BYTES, Records, decode_number, encode_number, numbered, split_numbered
from ledger.audit.vouchers import Movement, Vouchers
from ledger.bundle.tables import Tables
from ledger.money.account import AccountKind, numbered_key
from ledger.money.payment import PaymentState
from ledger.primitives import ZERO_HASH, Address, Hash32

BEFORE = {
    PaymentState.SETTLED: PaymentState.ORDERED,
    PaymentState.FAILED: PaymentState.ORDERED,
    PaymentState.REVERSED: PaymentState.FAILED,
}
"""The state from which another one is reached."""


@dataclass(slots=True)
class Paid:
    """A payment. Shape: `digest`: of the document that ordered it; `entry`: number of the ordering entry; `outcome`:
    the document that says how it ended."""

    appropriation: int
    amount: int
    state: PaymentState
    digest: Hash32
    entry: int = 0
    outcome: int = 0

    def encode(self) -> bytes:
        numbers = (self.appropriation, self.amount, self.state, self.entry, self.outcome)
        return self.digest + b"".join(encode_number(number) for number in numbers)

    @classmethod
    def decode(cls, row: bytes) -> "Paid":
        starts = range(32, len(row), NUMBER_BYTES)
        appropriation, amount, state, entry, outcome = (decode_number(row[i : i + NUMBER_BYTES]) for i in starts)
        return cls(appropriation, amount, PaymentState(state), Hash32(row[:32]), entry, outcome)


class PaymentRules:
    """Payments of all Treasury versions. Shape: `counts`: by version."""

    def __init__(self, checks: Checks, vouchers: Vouchers, appropriations: AppropriationRules, tables: Tables) -> None:
        self._checks = checks
        self._vouchers = vouchers
        self._appropriations = appropriations
        self._payments = Records(tables.table(), Paid)
        # number of the payment by version and digest of the document
        self._ordered_by = tables.table()
        self.counts: Counter[Address] = Counter()

    def states(self) -> Iterator[tuple[Address, int, PaymentState]]:
        """Version, number and state of each payment."""
        return ((*split_numbered(key), paid.state) for key, paid in self._payments.items())

    def take_ordered(self, event: Event, entries: list[BookedEntry]) -> list[Movement]:
        values, version = event.values, event.address
        number, amount, place = values["payment"], values["amount"], numbered(event.address, values["payment"])
        name = f"payment {number}"
        self._vouchers.check_duty(values, name)
        self._checks.expect("money.payment", self.counts[version] + 1, number, name)
        digest = self._vouchers.check_document(values["evidence"], name)
        self._check_single_use(version, digest, number, name)
        paid = Paid(values["appropriation"], amount, PaymentState.ORDERED, digest)
        self.counts[version] += self._payments.get(place) is None
        self._payments.put(place, paid)
        grant = self._appropriations.find(version, values["appropriation"])
        if grant is None or grant.payee == ZERO_HASH:
            self._checks.fail("money.payment", "an appropriation with a payee", str(values["appropriation"]), name)
            return []
        self._checks.expect("money.payment", grant.payee, Hash32(values["payee"]), name)
        giver = (int(AccountKind.APPROPRIATION), numbered_key(version, paid.appropriation), -amount)
        taker = (int(AccountKind.OBLIGATION), numbered_key(version, number), amount)
        movement = (grant.authority, values["evidence"], 0, frozenset([giver, taker]))
        paid.entry = next((entry.number for entry in entries if entry.movement == movement), 0)
        self._payments.put(place, paid)
        return [movement]

    def take_changed(self, event: Event) -> list[Movement]:
        values, version = event.values, event.address
        place, state = numbered(version, values["payment"]), values["state"]
        paid = self._payments.get(place)
        name = f"payment {values['payment']}"
        self._vouchers.check_duty(values, name)
        grant = None if paid is None else self._appropriations.find(version, paid.appropriation)
        before = BEFORE.get(state)
        if paid is None or grant is None or before is None:
            self._checks.fail("money.payment", "a payment and a state", f"state {state}", name)
            return []
        self._checks.expect("money.payment", int(before), int(paid.state), name)
        paid.state = PaymentState(state)
        if paid.state is not PaymentState.REVERSED:
            self._vouchers.check_document(values["evidence"], name)
            paid.outcome = values["evidence"]
        else:
            self._ordered_by.drop(version + paid.digest)
        self._payments.put(place, paid)
        account = numbered_key(version, values["payment"])
        return _movements(paid, grant.authority, account, numbered_key(version, paid.appropriation), grant.payee)

    def _check_single_use(self, version: Address, digest: Hash32, number: int, name: str) -> None:
        row = self._ordered_by.get(version + digest)
        earlier = None if row is None else decode_number(row)
        self._checks.require("money.evidence", earlier is None, "a document that pays nothing yet", earlier, name)
        self._ordered_by.put(version + digest, encode_number(number))


def _movements(paid: Paid, authority: Hash32, account: Hash32, source: Hash32, payee: Hash32) -> list[Movement]:
    """What a change of state books; a failure books nothing. `account`: the obligation; `source`: the appropriation."""
    taken = (int(AccountKind.OBLIGATION), account, -paid.amount)
    match paid.state:
        case PaymentState.REVERSED:
            back = (int(AccountKind.APPROPRIATION), source, paid.amount)
            return [(authority, paid.outcome, paid.entry, frozenset([taken, back]))]
        case PaymentState.SETTLED:
            given = (int(AccountKind.PAYEE), payee, paid.amount)
            return [(authority, paid.outcome, 0, frozenset([taken, given]))]
    return []
