# pragma version ^0.4.0
"""
@title Questions
@license Apache-2.0
@notice Stands in for Ballots in tests of money: holds the hashes of questions, and executes any call as the effect of
        any of them.
"""


# @dev As Ballots tells of a question, and a word more than the callers read.
struct Question:
    hash: bytes32
    form: uint256
    options: bytes32
    budget: bytes32
    effect: bytes32


# @dev By id.
question: public(HashMap[uint256, Question])
# @dev What `executing` answers during a call.
current: uint256
# @dev Its kind of effect.
kind: uint8


@external
@view
def executing() -> (uint256, uint8):
    """
    @notice As Ballots answers.
    @return uint256 The question's id, 0 outside of an execution.
    @return uint8 Its kind of effect.
    """
    return (self.current, self.kind)


@external
def put(id: uint256, options: bytes32, budget: bytes32):
    """
    @notice Hold a question.
    @param id Its id.
    @param options Hash of its options.
    @param budget Hash of its budget.
    """
    self.question[id].options = options
    self.question[id].budget = budget


@external
def run(id: uint256, kind: uint8, target: address, data: Bytes[65536]):
    """
    @notice Executes a call.
    @param id What `executing` answers meanwhile.
    @param kind The kind that it answers.
    @param target Whom to call.
    @param data With what.
    """
    self.current = id
    self.kind = kind
    raw_call(target, data)
    self.current = 0
    self.kind = 0
