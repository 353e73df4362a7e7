"""Who won a budget, as the contracts that allocate have it."""

from dataclasses import dataclass

from ledger.ports import StateView
from ledger.primitives import MinorUnits
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.contracts import Contracts
from ledger.voting.question import AllocationRule, Budget

RULES = (SystemContract.ALLOCATION, SystemContract.EQUAL_SHARES)


@dataclass(frozen=True, slots=True)
class AllocationView:
    """The winners of a budget question.

    Shape   `selected`: a mask, bit i is option i + 1; None while it is not final. Units: `spent` in minor units.
    """

    rule: SystemContract
    selected: int | None
    spent: MinorUnits | None

    @property
    def count(self) -> int | None:
        return None if self.selected is None else self.selected.bit_count()


def load_allocation(state: StateView, contracts: Contracts, id_: int, budget: Budget | None = None) -> AllocationView:
    """Ask the contract that the budget's rule names; without a budget, whichever is final."""
    asked = RULES if budget is None else (_contract_of(budget),)
    for rule in asked:
        at = contracts.allocation if rule is SystemContract.ALLOCATION else contracts.equal_shares
        (final,) = read(state, rule, "is_final", id_, at=at)
        if final:
            (selected,) = read(state, rule, "selected", id_, at=at)
            (spent,) = read(state, rule, "spent", id_, at=at)
            return AllocationView(rule, selected, MinorUnits(spent))
    return AllocationView(asked[0], None, None)


def _contract_of(budget: Budget) -> SystemContract:
    equal = budget.rule is AllocationRule.EQUAL_SHARES_ADD1
    return SystemContract.EQUAL_SHARES if equal else SystemContract.ALLOCATION
