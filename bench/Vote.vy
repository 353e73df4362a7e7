# pragma version ^0.4.0
"""
@title A vote-like contract for measurements: one ballot a sender, a count an option, an event a ballot.
"""

event Voted:
    voter: indexed(address)
    option: uint256

# Votes by option.
counts: public(HashMap[uint256, uint256])
# Option plus one of each sender, 0 where she has not voted.
choice_of: public(HashMap[address, uint256])


@external
def vote(option: uint256):
    """
    @notice Count the sender's vote, once.
    @param option 0 to 4.
    """
    assert option < 5, "vote: unknown option"
    assert self.choice_of[msg.sender] == 0, "vote: already cast"
    self.choice_of[msg.sender] = option + 1
    self.counts[option] += 1
    log Voted(voter=msg.sender, option=option)
