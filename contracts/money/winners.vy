# pragma version ^0.4.0
"""
@title Winners
@license Apache-2.0
@notice How Treasury learns which options of a budget question won, and that these are the options and the budget that
        people voted on.
"""
from contracts.voting import budget_question


interface Directory:
    def resolve(name: bytes32) -> address: view


# Allocation and EqualShares.
interface Rule:
    def ballots() -> address: view
    def is_final(id: uint256) -> bool: view
    def selected(id: uint256) -> uint256: view


# Names in Directory. EqualShares answers for its own rule, Allocation for the others.
ALLOCATION: constant(bytes32) = 0x416c6c6f636174696f6e00000000000000000000000000000000000000000000
EQUAL_SHARES: constant(bytes32) = 0x457175616c536861726573000000000000000000000000000000000000000000


@internal
@view
def _has_budget(ballots: address, id: uint256) -> bool:
    """
    @notice Whether a question is one about projects with a budget.
    """
    return (staticcall budget_question.Ballots(ballots).question(id)).budget != empty(bytes32)


@internal
@view
def _of(
    directory: address,
    ballots: address,
    id: uint256,
    options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS],
    budget: budget_question.Budget,
) -> (bytes32, uint256):
    """
    @notice Read the final result of a budget question.
    @param directory Where the rules in force are found.
    @param ballots The version of Ballots that holds the question.
    @param id The question.
    @param options All its options, in its order.
    @param budget Its budget.
    @return Hash of the options, and the winners as a mask: bit i is option i + 1.
    """
    question: budget_question.Question = staticcall budget_question.Ballots(ballots).question(id)
    fingerprint: bytes32 = keccak256(abi_encode(options))
    assert fingerprint == question.options, "treasury: not the options of the question"
    assert keccak256(abi_encode(budget)) == question.budget, "treasury: not the budget of the question"
    name: bytes32 = EQUAL_SHARES if budget.rule == budget_question.EQUAL_SHARES_ADD1 else ALLOCATION
    rule: address = staticcall Directory(directory).resolve(name)
    # Ids begin again with each version of Ballots: another version's question of this id has other winners.
    assert staticcall Rule(rule).ballots() == ballots, "treasury: allocation of another version of Ballots"
    assert staticcall Rule(rule).is_final(id), "treasury: allocation not final"
    return fingerprint, staticcall Rule(rule).selected(id)
