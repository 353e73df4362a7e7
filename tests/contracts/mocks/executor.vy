# pragma version ^0.4.0
"""
@title Executor
@license Apache-2.0
@notice Stands in for Ballots in tests of what a passed question may do: executes any call as the effect of any question.
"""


# @dev What `executing` answers during a call.
question: uint256
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
    return (self.question, self.kind)


@external
def run(question: uint256, kind: uint8, target: address, data: Bytes[65536]):
    """
    @notice Executes a call.
    @param question What `executing` answers meanwhile.
    @param kind The kind that it answers.
    @param target Whom to call.
    @param data With what.
    """
    self.question = question
    self.kind = kind
    raw_call(target, data)
    self.question = 0
    self.kind = 0
