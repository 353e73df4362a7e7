# pragma version ^0.4.0
"""
@title Winners known
@license Apache-2.0
@notice Stands in for Allocation and EqualShares in tests of money: says whatever it was told about a question.
"""


# @dev Whose questions these are.
ballots: public(address)
# @dev Winners as a mask, by question.
selected: public(HashMap[uint256, uint256])
# @dev Whether they are final, by question.
is_final: public(HashMap[uint256, bool])


@deploy
def __init__(ballots: address):
    """
    @param ballots What `ballots` answers.
    """
    self.ballots = ballots


@external
def put(id: uint256, selected: uint256, is_final: bool):
    """
    @notice Answer for a question.
    @param id Its id.
    @param selected Bit i is option i + 1.
    @param is_final Whether that can be paid on.
    """
    self.selected[id] = selected
    self.is_final[id] = is_final
