# pragma version ^0.4.0
"""
@title Long ballots
@license Apache-2.0
@notice The part of Ballots that counts choices of 28 to 255 bytes. Ballots runs this code in its own storage; it stands
        apart because one contract has no room for both.
@dev Without that storage there are no questions, so that a direct call of `cast` reverts. There is nothing else to call:
     no owner, no call of another contract but the roll. Its modules are those of Ballots in the same order, so that the
     slots are the same. The domain of signatures is that of the account whose storage this is, never DOMAIN of here.
"""


from contracts.voting import batches
from contracts.voting import forms
from contracts.voting import lanes
from contracts.voting import long_ballots
from contracts.voting import questions
from contracts.voting import tallies


initializes: questions
initializes: tallies
initializes: lanes
initializes: long_ballots[questions := questions, tallies := tallies, lanes := lanes]


@deploy
def __init__(constitution: address, permissions: address, membership: address, roll: address):
    """
    @notice Fixes the contracts that it asks: those of the Ballots whose part this is.
    @param constitution Has the terms.
    @param permissions Says who is a returning officer.
    @param membership Its active shares are the electorate.
    @param roll Has the seats and their keys.
    """
    questions.__init__(constitution, permissions, membership, roll)


@external
def cast(id: uint256, records: Bytes[lanes.MAX_RECORDS * batches.MAX_RECORD]):
    """
    @notice Counts a batch that Ballots has found open and whole.
    @param id The question.
    @param records Records of the question's length, one after another, at most 1,024.
    """
    form: uint256 = questions.words[id]
    questions._require_open(form)
    number: uint256 = len(records) // (lanes.RECORD + ((form >> 32) & forms.BYTE))
    batches._log(id, long_ballots._cast(id, form, number))
