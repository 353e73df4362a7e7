# pragma version ^0.4.0
"""
@title Allocation
@license Apache-2.0
@notice Picks the winners of a participatory budget by the greedy rules that towns use: options in falling order of
        votes or points; what does not fit is skipped, or ends the round; below a threshold nothing wins; of mutually
        exclusive options only the first.
@dev The rule is fixed with the question, so there is nothing to decide here, and anybody may have it done, once.
     Model: ledger/voting/allocation.py.
"""
from contracts.voting import budget_question
from contracts.voting import ranking


event Allocated:
    id: indexed(uint256)
    selected: uint256
    spent: uint256


# A key is count << 136 | what decides ties << 8 | 255 - index, so that falling order is the order of the rule.
COUNT_SHIFT: constant(uint256) = 136
MAX_COUNT: constant(uint256) = 2**64 - 1
MAX_COST: constant(uint256) = 2**128 - 1
LAST_INDEX: constant(uint256) = 255

BALLOTS: immutable(address)

# By question: its winners; bit i is option i + 1.
selected: public(HashMap[uint256, uint256])
# By question: what the winners cost together, in minor units.
spent: public(HashMap[uint256, uint256])
# By question: whether the winners are known. They never change.
is_final: public(HashMap[uint256, bool])


@deploy
def __init__(ballots: address):
    """
    @param ballots The version of Ballots whose questions this allocates.
    """
    BALLOTS = ballots


@external
@view
def ballots() -> address:
    """
    @notice The version of Ballots whose questions this allocates; the ids here are its ids.
    """
    return BALLOTS


@external
def allocate(
    id: uint256, options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS], budget: budget_question.Budget
):
    """
    @notice Pick the winners of a passed budget question with a greedy rule. Anyone may, once.
    @param id The question.
    @param options All its options, in its order.
    @param budget Its budget.
    """
    assert not self.is_final[id], "allocation: already made"
    form: uint256 = budget_question._require_passed(BALLOTS, id, options, budget)
    assert (
        budget.rule == budget_question.GREEDY or budget.rule == budget_question.GREEDY_NO_SKIP
    ), "allocation: rule not greedy"
    turnout: uint256 = 0
    counts: DynArray[uint256, budget_question.MAX_OPTIONS] = []
    turnout, counts = budget_question._counts(BALLOTS, id, form)
    selected: uint256 = 0
    spent: uint256 = 0
    selected, spent = self._pick(self._ranked(options, counts, budget.ties), options, budget)
    self.selected[id] = selected
    self.spent[id] = spent
    self.is_final[id] = True
    log Allocated(id=id, selected=selected, spent=spent)


@internal
@pure
def _ranked(
    options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS],
    counts: DynArray[uint256, budget_question.MAX_OPTIONS],
    ties: uint8,
) -> DynArray[uint256, ranking.MAX_KEYS]:
    """
    @notice One key for each option, in the order in which the rule takes them.
    """
    assert ties <= budget_question.CHEAPER_THEN_LISTED, "allocation: unknown tie rule"
    keys: DynArray[uint256, ranking.MAX_KEYS] = []
    index: uint256 = 0
    for option: budget_question.Option in options:
        assert option.cost <= MAX_COST, "allocation: cost too high"
        assert counts[index] <= MAX_COUNT, "allocation: count too high"
        preference: uint256 = 0
        if ties == budget_question.CHEAPER_THEN_LISTED:
            preference = MAX_COST - option.cost
        keys.append(counts[index] << COUNT_SHIFT | preference << 8 | (LAST_INDEX - index))
        index += 1
    return ranking._sort_descending(keys)


@internal
@pure
def _pick(
    keys: DynArray[uint256, ranking.MAX_KEYS],
    options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS],
    budget: budget_question.Budget,
) -> (uint256, uint256):
    """
    @notice Take options in order while the money lasts.
    @return The winners as a mask, and what they cost.
    """
    selected: uint256 = 0
    # Options that no longer can win, because one of their set has.
    barred: uint256 = 0
    left: uint256 = budget.amount
    for key: uint256 in keys:
        # All that follow have no more.
        if key >> COUNT_SHIFT < budget.threshold:
            break
        index: uint256 = LAST_INDEX - (key & 255)
        if (barred >> index) & 1 == 1:
            continue
        cost: uint256 = options[index].cost
        if cost > left:
            if budget.rule == budget_question.GREEDY_NO_SKIP:
                break
            continue
        left -= cost
        selected |= 1 << index
        for group: uint256 in budget.exclusive:
            if (group >> index) & 1 == 1:
                barred |= group
    return selected, budget.amount - left
