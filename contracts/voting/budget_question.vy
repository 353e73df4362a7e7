# pragma version ^0.4.0
"""
@title Budget question
@license Apache-2.0
@notice What an allocation rule reads of a budget question: that it is closed and passed, that the options and the budget
        it is given are those that people voted on, and how the options were counted.
"""


# Of Ballots.
interface Ballots:
    def question(id: uint256) -> Question: view
    def outcome(id: uint256) -> Outcome: view
    def result(id: uint256) -> (uint256, DynArray[uint256, 255], DynArray[uint256, 255]): view


# The first words of what Ballots tells of a question.
struct Question:
    hash: bytes32
    form: uint256
    options: bytes32
    budget: bytes32


struct Outcome:
    closed: bool
    turnout: uint256
    passed: bool
    executed: bool


struct Option:
    label: bytes32
    cost: uint256
    payee: bytes32


struct Budget:
    rule: uint8
    fund: bytes32
    amount: uint256
    threshold: uint256
    ties: uint8
    exclusive: DynArray[uint256, 255]
    step: uint256


MAX_OPTIONS: constant(uint256) = 255
# Rules (docs/reference/formats.md, 4).
GREEDY: constant(uint8) = 1
GREEDY_NO_SKIP: constant(uint8) = 2
EQUAL_SHARES_ADD1: constant(uint8) = 3
# Ties.
LISTED: constant(uint8) = 0
CHEAPER_THEN_LISTED: constant(uint8) = 1
# Ballot kinds: from this one on, options collect points.
FIRST_WITH_POINTS: constant(uint256) = 4


@internal
@view
def _require_passed(
    ballots: address, id: uint256, options: DynArray[Option, MAX_OPTIONS], budget: Budget
) -> uint256:
    """
    @notice Revert unless a question has passed, and with these options and this budget.
    @param ballots The version of Ballots that holds it.
    @param id The question.
    @param options All its options, in its order.
    @param budget Its budget.
    @return Its form (docs/reference/formats.md, 4), with the times above it.
    """
    question: Question = staticcall Ballots(ballots).question(id)
    assert keccak256(abi_encode(options)) == question.options, "budget: not the options of the question"
    assert keccak256(abi_encode(budget)) == question.budget, "budget: not the budget of the question"
    outcome: Outcome = staticcall Ballots(ballots).outcome(id)
    assert outcome.closed, "budget: question not closed"
    assert outcome.passed, "budget: question not passed"
    return question.form


@internal
@view
def _counts(ballots: address, id: uint256, form: uint256) -> (uint256, DynArray[uint256, MAX_OPTIONS]):
    """
    @notice What options are ranked by: points where the kind of ballot has them, else votes.
    @param ballots The version of Ballots that holds it.
    @param id The question.
    @param form Its form.
    @return The turnout, and one count for each option.
    """
    turnout: uint256 = 0
    votes: DynArray[uint256, MAX_OPTIONS] = []
    points: DynArray[uint256, MAX_OPTIONS] = []
    turnout, votes, points = staticcall Ballots(ballots).result(id)
    if form & 255 >= FIRST_WITH_POINTS:
        return turnout, points
    return turnout, votes
