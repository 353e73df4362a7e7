"""Greedy allocation of a participatory budget: the rules that towns use (formats.md, 4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from ledger.errors import BadInputError
from ledger.voting.form import MAX_OPTIONS
from ledger.voting.question import AllocationRule, Budget, TieRule

MAX_COST = 2**128 - 1
"""In minor units; the contract sorts count, cost and number as one word."""
MAX_COUNT = 2**64 - 1
MAX_EXCLUSIVE = 255
"""Sets of mutually exclusive options that the contract takes."""


class AllocationError(BadInputError):
    """Costs, counts or a budget that no allocation can be made from."""

    type = "bad-allocation"


class Outcome(Enum):
    """What became of an option when its turn came."""

    SELECTED = "selected"
    BELOW_THRESHOLD = "below threshold"
    EXCLUDED = "excluded by a winner of its set"
    TOO_COSTLY = "too costly for what is left"


@dataclass(frozen=True, slots=True)
class Step:
    """One option's turn. Shape: `option` from 0; `left`: the money after it, in minor units."""

    option: int
    outcome: Outcome
    left: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who wins.

    Shape   `selected`: indices of the winners in the order in which they were taken; `steps`: every option's turn, in
            order; options after a stop have none.
    Units   `spent` in minor units.
    """

    selected: tuple[int, ...]
    spent: int
    steps: tuple[Step, ...] = ()

    @property
    def mask(self) -> int:
        """The winners as the contracts store them: bit i is option i + 1."""
        return sum(1 << option for option in self.selected)


def allocate(costs: Sequence[int], counts: Sequence[int], budget: Budget) -> Allocation:
    """Take options by falling count while the money lasts.

    Shape   costs, counts: one per option, in the question's order. Counts are votes, or points where the ballot's kind
            has points.
    Units   minor units.
    Errors  AllocationError for a rule that is not greedy, or numbers the contract cannot hold.
    Source  contracts/voting/Allocation.vy enforces the same rule; Pabulib's `greedy`, `greedy-no-skip`,
            `greedy-threshold`, `greedy-exclusive` are special cases of it.
    """
    _validate(costs, counts, budget)
    left, barred = budget.amount, 0
    steps: list[Step] = []
    for option in rank(costs, counts, budget.ties):
        outcome = _outcome(option, costs, counts, budget, left, barred)
        if outcome is Outcome.SELECTED:
            left -= costs[option]
            barred |= exclusion_of(option, budget.exclusive)
        steps.append(Step(option, outcome, left))
        if outcome is Outcome.TOO_COSTLY and budget.rule is AllocationRule.GREEDY_NO_SKIP:
            break
    selected = tuple(step.option for step in steps if step.outcome is Outcome.SELECTED)
    return Allocation(selected, budget.amount - left, tuple(steps))


def rank(costs: Sequence[int], counts: Sequence[int], ties: TieRule) -> list[int]:
    """Order the options: higher count first, equal ones by the tie rule."""
    place = tie_key(costs, ties)
    return sorted(range(len(costs)), key=lambda option: (-counts[option], place(option)))


def tie_key(costs: Sequence[int], ties: TieRule) -> Callable[[int], int]:
    """The place of an option among its equals, as a number: the lower comes first."""
    if ties is TieRule.CHEAPER_THEN_LISTED:
        return lambda option: costs[option] << 8 | option
    return lambda option: option


def exclusion_of(option: int, exclusive: Sequence[int]) -> int:
    """The options that can no longer win once this one has, as a mask."""
    barred = 0
    for group in exclusive:
        if group >> option & 1:
            barred |= group
    return barred


def _outcome(
    option: int, costs: Sequence[int], counts: Sequence[int], budget: Budget, left: int, barred: int
) -> Outcome:
    """What becomes of an option, given the money left and the options that winners bar."""
    if counts[option] < budget.threshold:
        return Outcome.BELOW_THRESHOLD
    if barred >> option & 1:
        return Outcome.EXCLUDED
    return Outcome.SELECTED if costs[option] <= left else Outcome.TOO_COSTLY


def _validate(costs: Sequence[int], counts: Sequence[int], budget: Budget) -> None:
    if budget.rule not in (AllocationRule.GREEDY, AllocationRule.GREEDY_NO_SKIP):
        raise AllocationError(f"rule: {budget.rule.name}, expected a greedy one", rule=budget.rule.value)
    if not 1 <= len(costs) <= MAX_OPTIONS or len(counts) != len(costs):
        raise AllocationError(
            f"options: {len(costs)} costs and {len(counts)} counts, expected 1 to {MAX_OPTIONS} of each"
        )
    if len(budget.exclusive) > MAX_EXCLUSIVE:
        raise AllocationError(f"exclusive: {len(budget.exclusive)} sets, expected at most {MAX_EXCLUSIVE}")
    for field, values, most in (("cost", costs, MAX_COST), ("count", counts, MAX_COUNT)):
        for value in values:
            if not 0 <= value <= most:
                raise AllocationError(f"{field}: {value}, expected 0 to {most}", field=field, value=value)
