"""The method of equal shares with cost utilities and add1 completion, in integers (formats.md, 4)."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.errors import BadInputError
from ledger.voting.allocation import Allocation, tie_key
from ledger.voting.choice import decode_choice
from ledger.voting.form import MAX_OPTIONS, BallotKind, Form
from ledger.voting.question import AllocationRule, Budget

GRAIN_BITS = 128
"""Money is counted in grains of 2**-128 minor units."""
BONUS = 1 << 40
"""Grains that every share has on top, so that rounding up never takes a project from those who can just pay it."""
LEVEL_BITS = 64
"""Payments per unit of cost are compared as multiples of 2**-64, so that what is equal stays equal when rounded."""
MAX_MONEY = 2**64 - 1
"""Most that a cost, the budget or a share may be, in minor units."""


class EqualSharesError(BadInputError):
    """Costs, ballots or a budget that equal shares cannot be worked out from."""

    type = "bad-equal-shares"


@dataclass(frozen=True, slots=True)
class Round:
    """One project bought. Shape: `option` from 0. Units: `payment`, the most that one supporter pays, in grains."""

    option: int
    payment: int


@dataclass(frozen=True)
class Election:
    """Approvals and money of one budget question.

    Shape   `costs`: one per option; `groups`: how many ballots approve exactly the options of a mask (bit i: option
            i + 1), blank ones included.
    Units   `costs` in minor units.
    Errors  EqualSharesError for another rule, exclusive sets, or amounts the contract cannot hold.
    """

    costs: tuple[int, ...]
    groups: tuple[tuple[int, int], ...]
    budget: Budget

    def __post_init__(self) -> None:
        if self.budget.rule is not AllocationRule.EQUAL_SHARES_ADD1:
            raise EqualSharesError(f"rule: {self.budget.rule.name}, expected equal shares", rule=self.budget.rule.value)
        if self.budget.exclusive:
            raise EqualSharesError("exclusive: sets are stated, expected none under equal shares")
        if not 1 <= len(self.costs) <= MAX_OPTIONS:
            raise EqualSharesError(f"options: {len(self.costs)}, expected 1 to {MAX_OPTIONS}")
        for field, amount in (*(("cost", cost) for cost in self.costs), ("amount", self.budget.amount)):
            if not 0 <= amount <= MAX_MONEY:
                raise EqualSharesError(f"{field}: {amount}, expected 0 to {MAX_MONEY}", field=field, value=amount)

    @cached_property
    def turnout(self) -> int:
        return sum(size for _, size in self.groups)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Votes of each option."""
        return tuple(sum(size for mask, size in self.groups if mask >> i & 1) for i in range(len(self.costs)))

    @cached_property
    def wanted(self) -> tuple[int, ...]:
        """Options that reach the threshold and have at least one vote, ascending."""
        least = max(self.budget.threshold, 1)
        return tuple(option for option, count in enumerate(self.counts) if count >= least)

    @cached_property
    def free(self) -> tuple[int, ...]:
        """Wanted options without a cost; they win at once."""
        return tuple(option for option in self.wanted if self.costs[option] == 0)

    @cached_property
    def candidates(self) -> tuple[int, ...]:
        """Wanted options that somebody has to pay for."""
        return tuple(option for option in self.wanted if self.costs[option] > 0)

    @cached_property
    def supporters(self) -> dict[int, tuple[int, ...]]:
        """For each candidate the indices of the groups that approve it."""
        return {c: tuple(g for g, (mask, _) in enumerate(self.groups) if mask >> c & 1) for c in self.candidates}

    @property
    def all_fit(self) -> bool:
        """True if everything wanted can be paid; then no step overspends, and all of it wins."""
        return sum(self.costs[option] for option in self.candidates) <= self.budget.amount

    def share(self, step: int) -> int:
        """What each ballot has to spend at a step of add1, in grains.

        Errors  EqualSharesError if it is over the contract's limit.
        """
        share = (self.budget.amount << GRAIN_BITS) // self.turnout + (step * self.budget.step << GRAIN_BITS) + BONUS
        if share >> GRAIN_BITS > MAX_MONEY:
            raise EqualSharesError(f"share: {share >> GRAIN_BITS} at step {step}, expected at most {MAX_MONEY}")
        return share


class Purses:
    """What each group's voters have left while projects are bought."""

    def __init__(self, election: Election, step: int) -> None:
        self._election = election
        self._left = [election.share(step)] * len(election.groups)

    def collect(self, option: int, cap: int | None = None) -> int:
        """What the supporters of an option can pay together, each at most `cap` grains."""
        groups, left = self._election.groups, self._left
        own = self._election.supporters[option]
        if cap is None:
            return sum(groups[g][1] * left[g] for g in own)
        return sum(groups[g][1] * min(left[g], cap) for g in own)

    def price(self, option: int) -> int | None:
        """The least payment at which the supporters reach the cost, in grains; None if all they have is too little."""
        groups, left = self._election.groups, self._left
        missing = self._election.costs[option] << GRAIN_BITS
        payers = self._election.counts[option]
        for money, size in sorted((left[g], groups[g][1]) for g in self._election.supporters[option]):
            if money * payers >= missing:
                return -(-missing // payers)
            missing -= money * size
            payers -= size
        return None

    def pay(self, bought: Round) -> None:
        """Take a round's payments."""
        for g in self._election.supporters[bought.option]:
            self._left[g] -= min(self._left[g], bought.payment)


def level_of(payment: int, cost: int) -> int:
    """Payment per unit of cost, rounded to the nearest multiple of 2**-64 (halves down)."""
    return -(-payment // (cost << LEVEL_BITS - 1)) // 2


def run_step(election: Election, step: int) -> list[Round]:
    """Buy projects with the shares of one step until no supporters can pay another.

    Shape   each round buys the affordable project with the lowest level, ties by the budget's tie rule.
    """
    place = tie_key(election.costs, election.budget.ties)
    purses = Purses(election, step)
    # Levels only rise as purses empty, so an old one is a lower bound and most projects need no new look.
    queue = [(0, place(option), option) for option in election.candidates]
    heapq.heapify(queue)
    rounds = []
    while queue:
        _, own, option = heapq.heappop(queue)
        payment = purses.price(option)
        if payment is None:
            continue
        entry = (level_of(payment, election.costs[option]), own, option)
        if queue and queue[0] < entry:
            heapq.heappush(queue, entry)
            continue
        rounds.append(Round(option, payment))
        purses.pay(rounds[-1])
    return rounds


def cost_of(election: Election, rounds: Iterable[Round]) -> int:
    """What the projects of these rounds cost, in minor units."""
    return sum(election.costs[bought.option] for bought in rounds)


@dataclass(frozen=True, slots=True)
class EqualShares:
    """The result of add1.

    Shape   `step`: the last before one that overspends, None where everything wanted fits; `rounds` of that step.
    """

    allocation: Allocation
    step: int | None
    rounds: tuple[Round, ...]


def allocate_equal_shares(election: Election) -> EqualShares:
    """Raise every share by one budget step at a time until the projects bought cost more than the budget; the step
    before that is the result. There is no other completion, and no stop when nothing more would fit.

    Source  https://equalshares.net (Add1, without its "exhaustive" option); contracts/voting/EqualShares.vy checks it.
    """
    if election.all_fit:
        selected = election.wanted
        return EqualShares(Allocation(selected, sum(election.costs[c] for c in selected)), None, ())
    step, rounds = 0, run_step(election, 0)
    while True:
        following = run_step(election, step + 1)
        if cost_of(election, following) > election.budget.amount:
            selected = election.free + tuple(bought.option for bought in rounds)
            return EqualShares(Allocation(selected, cost_of(election, rounds)), step, tuple(rounds))
        step, rounds = step + 1, following


def make_election(form: Form, costs: Sequence[int], choices: Iterable[bytes], budget: Budget) -> Election:
    """Gather the last ballot of each seat into an election.

    Shape   choices: canonical bytes, as lanes hold them; costs: one per option.
    Errors  EqualSharesError unless the ballots are approvals or choose one option; ChoiceError for bytes that are no
            choice.
    """
    if form.kind not in (BallotKind.APPROVAL, BallotKind.CHOOSE_ONE):
        raise EqualSharesError(f"kind: {form.kind.name}, expected approval or choose one", kind=form.kind.value)
    if len(costs) != form.options:
        raise EqualSharesError(f"costs: {len(costs)}, expected {form.options}")
    masks: Counter[int] = Counter()
    for choice, size in Counter(choices).items():
        masks[sum(1 << option - 1 for option in decode_choice(form, choice).options)] += size
    return Election(tuple(costs), tuple(sorted(masks.items())), budget)
