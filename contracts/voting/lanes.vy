# pragma version ^0.4.0
"""
@title Lanes
@license Apache-2.0
@notice The last ballot of each seat in each question: sequence and choice, several seats to a storage word where they fit
        (docs/reference/formats.md, 6). Model: ledger/voting/lane.py.
"""


from contracts.voting import choices
from contracts.voting import forms


# @dev Bytes of a record beside its choice: seat, sequence, r, vs.
RECORD: constant(uint256) = 69
# @dev Where the records begin in the calldata: behind selector, id, offset and length.
RECORDS_AT: constant(uint256) = 100
MAX_RECORDS: constant(uint256) = 1024
# @dev Choices of at most this many bytes are short: a record has at most 96 bytes, and a lane less than a word.
SHORT: constant(uint256) = 27
SEAT: constant(uint256) = 2**32 - 1
# @dev How far a sequence may jump.
WINDOW: constant(uint256) = 8


# @dev Lane words of question id from (id << 48) on. This array begins at slot 2^96.
words: uint256[2**96]


@internal
@view
def _read(at: uint256, form: uint256) -> uint256[choices.LANE_WORDS]:
    """
    @dev Sequence and choice of a record.
    @param at Where they stand in the calldata; the signature behind them keeps the last read inside.
    @param form The question's form.
    @return uint256[LANE_WORDS] The lane from the left, zeros behind.
    """
    lane: uint256[choices.LANE_WORDS] = empty(uint256[choices.LANE_WORDS])
    length: uint256 = 1 + ((form >> 32) & forms.BYTE)
    words: uint256 = (length + 31) >> 5
    for j: uint256 in range(words, bound=choices.LANE_WORDS):
        lane[j] = convert(slice(msg.data, at + 32 * j, 32), uint256)
    excess: uint256 = 8 * (32 * words - length)
    lane[words - 1] = lane[words - 1] >> excess << excess
    return lane


@internal
@view
def _load(id: uint256, seat: uint256, form: uint256) -> uint256[choices.LANE_WORDS]:
    """
    @dev The last ballot of a seat.
    @param id The question.
    @param seat The seat.
    @param form The question's form.
    @return uint256[LANE_WORDS] Its lane from the left, zeros behind.
    """
    lane: uint256[choices.LANE_WORDS] = empty(uint256[choices.LANE_WORDS])
    length: uint256 = 1 + ((form >> 32) & forms.BYTE)
    if length <= 32:
        per_word: uint256 = 32 // length
        word: uint256 = self.words[(id << 48) + seat // per_word]
        lane[0] = word >> (8 * length * (seat % per_word)) << (256 - 8 * length)
        return lane
    words: uint256 = (length + 31) >> 5
    for j: uint256 in range(words, bound=choices.LANE_WORDS):
        lane[j] = self.words[(id << 48) + seat * words + j]
    return lane


@internal
def _store(id: uint256, seat: uint256, form: uint256, lane: uint256[choices.LANE_WORDS]):
    """
    @dev Makes a ballot the last one of a seat.
    @param id The question.
    @param seat The seat.
    @param form The question's form; of a choice so long that no other seat shares the word.
    @param lane The ballot's lane from the left, zeros behind.
    """
    length: uint256 = 1 + ((form >> 32) & forms.BYTE)
    if length <= 32:
        self.words[(id << 48) + seat] = lane[0] >> (256 - 8 * length)
        return
    words: uint256 = (length + 31) >> 5
    for j: uint256 in range(words, bound=choices.LANE_WORDS):
        self.words[(id << 48) + seat * words + j] = lane[j]
