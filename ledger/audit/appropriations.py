"""Appropriations: what a ballot gave from a fund, to whom, and what went back."""

from collections import Counter
from dataclasses import dataclass

from ledger.abi import AbiError, contract
from ledger.audit.asked import Asked
from ledger.audit.checks import Checks
from ledger.audit.questions import Questions
from ledger.audit.record import Event
from ledger.audit.tables import Records, decode_number, encode_number, numbered
from ledger.audit.vouchers import Movement
from ledger.bundle.tables import Tables
from ledger.money.account import AccountKind, numbered_key, split_numbered_key
from ledger.primitives import ZERO_HASH, Address, Hash32


@dataclass(slots=True)
class Grant:
    """An appropriation as its event tells it."""

    label: Hash32
    authority: Hash32
    payee: Hash32
    fund: Hash32
    amount: int

    def encode(self) -> bytes:
        return self.label + self.authority + self.payee + self.fund + encode_number(self.amount)

    @classmethod
    def decode(cls, row: bytes) -> "Grant":
        label, authority, payee, fund = (Hash32(row[i : i + 32]) for i in range(0, 128, 32))
        return cls(label, authority, payee, fund, decode_number(row[128:]))


class AppropriationRules:
    """Appropriations of all Treasury versions. Shape: `counts`: by version."""

    def __init__(self, checks: Checks, questions: Questions, tables: Tables) -> None:
        self._checks = checks
        self._questions = questions
        self._grants = Records(tables.table(), Grant)
        # fund by version and authority; mask of the winners that were served, likewise
        self._decided = tables.table()
        self._served = tables.table()
        self.counts: Counter[Address] = Counter()

    def find(self, version: Address, number: int) -> Grant | None:
        return self._grants.get(numbered(version, number))

    def take_decided(self, event: Event) -> list[Movement]:
        values, place = event.values, event.address + event.values["authority"]
        authority, fund, amount = Hash32(values["authority"]), Hash32(values["fund"]), values["amount"]
        name = authority_name(authority)
        is_first = self._decided.get(place) is None
        self._checks.require("money.appropriation", is_first, "a question that takes once", "twice", name)
        self._decided.put(place, fund)
        asked = self._asked(authority)
        if asked is None or asked.question.budget == ZERO_HASH:
            return []
        if asked.budget is not None:
            self._checks.expect("money.appropriation", asked.budget.fund, fund, name)
        lines = frozenset([(int(AccountKind.FUND), fund, -amount), (int(AccountKind.DECISION), authority, amount)])
        return [(authority, 0, 0, lines)]

    def take_appropriated(self, event: Event) -> list[Movement]:
        values, version = event.values, event.address
        label, authority, payee, fund = (Hash32(values[name]) for name in ("label", "authority", "payee", "fund"))
        grant = Grant(label, authority, payee, fund, values["amount"])
        number = values["appropriation"]
        name = f"appropriation {number}"
        self._checks.expect("money.appropriation", self.counts[version] + 1, number, name)
        self._checks.expect("money.appropriation", self._decided.get(version + authority), fund, name)
        self.counts[version] += self.find(version, number) is None
        self._grants.put(numbered(version, number), grant)
        asked = self._asked(authority)
        if asked is None:
            self._checks.skip("money.appropriation", "a question's opening could not be read")
        elif asked.question.budget == ZERO_HASH:
            self._check_single(asked, grant, name)
        else:
            self._check_winner(asked, grant, version, name)
        return []

    def take_released(self, event: Event) -> list[Movement]:
        values = event.values
        grant = self.find(event.address, values["appropriation"])
        name = f"appropriation {values['appropriation']}"
        if grant is None:
            self._checks.fail("money.appropriation", "an appropriation", "none", name)
            return []
        self._checks.count("money.appropriation")
        account = numbered_key(event.address, values["appropriation"])
        lines = frozenset(
            [
                (int(AccountKind.APPROPRIATION), account, -values["amount"]),
                (int(AccountKind.FUND), grant.fund, values["amount"]),
            ]
        )
        return [(Hash32(values["authority"]), 0, 0, lines)]

    def _check_single(self, asked: Asked, grant: Grant, name: str) -> None:
        """Compare with the call of `appropriate` that the question's effect is."""
        found = "no call of appropriate"
        if asked.executed_call is not None:
            try:
                entry, values = contract("Treasury").decode_call(asked.executed_call[1])
                found = entry.name
                if entry.name == "appropriate":
                    ballot = (values["fund"], values["payee"], values["amount"], values["purpose"])
                    self._checks.expect(
                        "money.appropriation", ballot, (grant.fund, grant.payee, grant.amount, grant.label), name
                    )
                    return
            except AbiError as error:
                found = error.detail
        self._checks.fail("money.appropriation", "the effect of the question", found, name)

    def _check_winner(self, asked: Asked, grant: Grant, version: Address, name: str) -> None:
        if asked.selected is None:
            self._checks.fail("money.appropriation", "a winner", "no allocation", name)
            return
        place = version + grant.authority
        served = int.from_bytes(self._served.get(place) or b"", "big")
        for i, option in enumerate(asked.options):
            is_it = (option.label, option.payee, option.cost) == (grant.label, grant.payee, grant.amount)
            if is_it and asked.selected & ~served & 1 << i:
                self._served.put(place, (served | 1 << i).to_bytes(32, "big"))
                self._checks.count("money.appropriation")
                return
        self._checks.fail("money.appropriation", "label, payee and cost of a winner", str(grant.amount), name)

    def _asked(self, authority: Hash32) -> Asked | None:
        return self._questions.find(*split_numbered_key(authority))


def authority_name(authority: Hash32) -> str:
    ballots, number = split_numbered_key(authority)
    return f"question {number} of 0x{ballots.hex()}"
