# pragma version ^0.4.0
"""
@title Forms
@license Apache-2.0
@notice What a question lets people choose: kind of ballot, number of options, limits; packed in one number as
        docs/reference/formats.md, 4 says. Model: ledger/voting/form.py.
"""


from contracts.voting import reasons


# @dev What a question lets people choose, as it is proposed.
struct Form:
    kind: uint8
    options: uint8
    min_length: uint8
    max_length: uint8
    min_points: uint16
    max_points: uint16
    min_sum: uint32
    max_sum: uint32


# @dev Kinds of ballot.
YES_NO: constant(uint256) = 1
CHOOSE_ONE: constant(uint256) = 2
APPROVAL: constant(uint256) = 3
ORDINAL: constant(uint256) = 4
CUMULATIVE: constant(uint256) = 5
SCORE: constant(uint256) = 6
# @dev Encodings of a choice.
INDEX: constant(uint256) = 1
MASK: constant(uint256) = 2
LIST: constant(uint256) = 3
PAIRS: constant(uint256) = 4
MAX_CHOICE: constant(uint256) = 255
BYTE: constant(uint256) = 255


@internal
@pure
def _pack(form: Form) -> uint256:
    """
    @dev Checks a form and packs it.
    @param form What is proposed.
    @return uint256 Packed; its choice has at most 255 bytes.
    """
    kind: uint256 = convert(form.kind, uint256)
    options: uint256 = convert(form.options, uint256)
    most: uint256 = convert(form.max_length, uint256)
    reasons._require(YES_NO <= kind and kind <= SCORE, "choices: unknown kind")
    reasons._require(options != 0 and (kind != YES_NO or options == 3), "choices: number of options")
    reasons._require(most != 0 and most <= options and (kind > CHOOSE_ONE or most == 1), "choices: max_length")
    reasons._require(form.min_length <= form.max_length, "choices: min_length")
    if kind < CUMULATIVE:
        reasons._require(form.min_points | form.max_points == 0 and form.min_sum | form.max_sum == 0, "choices: points")
    else:
        reasons._require(form.max_points != 0 and form.min_points <= form.max_points, "choices: points")
        reasons._require(form.max_sum != 0 and form.min_sum <= form.max_sum, "choices: sum")
    packed: uint256 = (
        kind
        | options << 8
        | convert(form.min_length, uint256) << 16
        | most << 24
        | convert(form.min_points, uint256) << 40
        | convert(form.max_points, uint256) << 56
        | convert(form.min_sum, uint256) << 72
        | convert(form.max_sum, uint256) << 104
    )
    length: uint256 = self._length(packed)
    reasons._require(length <= MAX_CHOICE, "choices: choice too long")
    return packed | length << 32


@internal
@pure
def _length(form: uint256) -> uint256:
    """
    @dev Bytes of a choice.
    @param form Packed, with or without this length.
    @return uint256 The length, the same for all ballots of a question.
    """
    encoding: uint256 = self._encoding(form)
    most: uint256 = (form >> 24) & BYTE
    if encoding == INDEX:
        return 1
    if encoding == MASK:
        return (((form >> 8) & BYTE) + 7) >> 3
    if encoding == LIST:
        return most
    return most * (1 + self._points_width(form))


@internal
@pure
def _encoding(form: uint256) -> uint256:
    """
    @dev How a choice is written; follows from the form.
    @param form Packed.
    @return uint256 INDEX, MASK, LIST or PAIRS.
    """
    kind: uint256 = form & BYTE
    if kind < APPROVAL:
        return INDEX
    if kind == ORDINAL:
        return LIST
    if kind > ORDINAL:
        return PAIRS
    if (((form >> 8) & BYTE) + 7) >> 3 <= (form >> 24) & BYTE:
        return MASK
    return LIST


@internal
@pure
def _points_width(form: uint256) -> uint256:
    """
    @dev Bytes of the points of one option in a pair.
    """
    return 1 if (form >> 56) & 65535 < 256 else 2


@internal
@pure
def _item_bits(form: uint256) -> uint256:
    """
    @dev Bits of one item of a choice with points: the option, and its points where the ballot states them.
    @param form Packed; ordinal, cumulative or score.
    @return uint256 8, 16 or 24.
    """
    return 8 if form & BYTE == ORDINAL else 8 + 8 * self._points_width(form)
