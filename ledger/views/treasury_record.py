"""The treasury followed from its events: incomes, appropriations and payments."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ledger.abi import contract
from ledger.money.payment import PaymentState
from ledger.ports import PlacedLog
from ledger.primitives import Hash32, Height, MinorUnits
from ledger.views.money import IncomeView


@dataclass(slots=True)
class AppropriationRecord:
    """What events told of an appropriation. Units: minor units."""

    label: Hash32
    authority: Hash32
    fund: Hash32
    payee: Hash32
    amount: int
    ordered: int = 0
    paid: int = 0
    released: int = 0


@dataclass(slots=True)
class PaymentRecord:
    """What events told of a payment. Units: `amount` in minor units."""

    appropriation: int
    payee: Hash32
    amount: int
    purpose: Hash32
    evidence: int
    height: Height
    state: PaymentState = PaymentState.ORDERED
    outcome: int = 0


class TreasuryRecord:
    """Shape   `appropriations`, `payments`: by number, from 1, at index number - 1. `decided`: what ballots took from
    each fund; `by_fund`: numbers of its appropriations.
    """

    def __init__(self) -> None:
        self.incomes: list[IncomeView] = []
        self.appropriations: list[AppropriationRecord] = []
        self.payments: list[PaymentRecord] = []
        self.decided: defaultdict[Hash32, int] = defaultdict(int)
        self.by_fund: defaultdict[Hash32, list[int]] = defaultdict(list)
        self._takers: dict[str, Callable[[dict[str, Any], Height], None]] = {
            "Received": self._take_received,
            "Decided": self._take_decided,
            "Appropriated": self._take_appropriated,
            "Released": self._take_released,
            "Ordered": self._take_ordered,
            "Changed": self._take_changed,
        }

    def take(self, placed: Iterable[PlacedLog]) -> None:
        """Take the treasury's logs of some blocks, in the order of the chain."""
        abi = contract("Treasury")
        for log in placed:
            name, values = abi.decode_log(log.log.topics, log.log.data)
            if name in self._takers:
                self._takers[name](values, log.height)

    def _take_received(self, values: dict[str, Any], height: Height) -> None:
        source, fund, amount = Hash32(values["source"]), Hash32(values["fund"]), MinorUnits(values["amount"])
        self.incomes.append(IncomeView(source, fund, amount, values["evidence"], height))

    def _take_decided(self, values: dict[str, Any], _: Height) -> None:
        self.decided[Hash32(values["fund"])] += values["amount"]

    def _take_appropriated(self, values: dict[str, Any], _: Height) -> None:
        label, authority, fund, payee = (Hash32(values[name]) for name in ("label", "authority", "fund", "payee"))
        record = AppropriationRecord(label, authority, fund, payee, values["amount"])
        self.appropriations.append(record)
        self.by_fund[record.fund].append(len(self.appropriations))

    def _take_released(self, values: dict[str, Any], _: Height) -> None:
        self.appropriations[values["appropriation"] - 1].released += values["amount"]

    def _take_ordered(self, values: dict[str, Any], height: Height) -> None:
        number, amount = values["appropriation"], values["amount"]
        payee, purpose = Hash32(values["payee"]), Hash32(values["purpose"])
        self.payments.append(PaymentRecord(number, payee, amount, purpose, values["evidence"], height))
        self.appropriations[number - 1].ordered += amount

    def _take_changed(self, values: dict[str, Any], _: Height) -> None:
        payment = self.payments[values["payment"] - 1]
        appropriation = self.appropriations[payment.appropriation - 1]
        payment.state = PaymentState(values["state"])
        if payment.state is PaymentState.REVERSED:
            appropriation.ordered -= payment.amount
            return
        payment.outcome = values["evidence"]
        if payment.state is PaymentState.SETTLED:
            appropriation.ordered -= payment.amount
            appropriation.paid += payment.amount
