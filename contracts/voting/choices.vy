# pragma version ^0.4.0
"""
@title Choices
@license Apache-2.0
@notice Which bytes are a choice that a question's form allows, and which options they name.
@dev There is one encoding for each choice (docs/reference/formats.md, 4), so no two ballots say the same in different
     bytes. A mask has bit n for option n, and bit 0 for the ballot itself. Model: ledger/voting/choice.py.
"""


from contracts.voting import forms


# @dev Words of a lane: sequence and choice, at most 256 bytes.
LANE_WORDS: constant(uint256) = 8
# @dev Pairs in a choice of at most 32 bytes.
MAX_SHORT_PAIRS: constant(uint256) = 16
# @dev In each 16-bit field: its lower byte, and the bit above that.
FIELD_BYTE: constant(uint256) = max_value(uint256) // 65535 * 255
FIELD_TOP: constant(uint256) = max_value(uint256) // 65535 * 256
# @dev Masks of the parallel bit count.
EVERY_SECOND: constant(uint256) = max_value(uint256) // 3
PAIRS_OF_BITS: constant(uint256) = max_value(uint256) // 5
NIBBLES: constant(uint256) = max_value(uint256) // 17
BYTE_ONE: constant(uint256) = max_value(uint256) // 255


@internal
@pure
def _mask(choice: uint256, form: uint256) -> uint256:
    """
    @dev What a choice without points names.
    @param choice Its bytes as a number.
    @param form Packed; of a choice of at most 32 bytes.
    @return uint256 The mask; zero if the choice is not canonical.
    """
    options: uint256 = (form >> 8) & forms.BYTE
    least: uint256 = (form >> 16) & forms.BYTE
    encoding: uint256 = forms._encoding(form)
    if encoding == forms.INDEX:
        return 1 << choice | 1 if choice <= options and (choice != 0 or least == 0) else 0
    if encoding == forms.MASK:
        named: uint256 = self._ones(choice)
        if choice >> options != 0 or named < least or named > (form >> 24) & forms.BYTE:
            return 0
        return choice << 1 | 1
    list: uint256 = 0
    length: uint256 = 0
    list, length = self._strip(choice, (form >> 32) & forms.BYTE)
    if list & forms.BYTE > options or length < least:
        return 0
    tops: uint256 = 0
    more: uint256 = 0
    tops, more = self._tops(length)
    return self._named(list, length) if self._is_ascending(list, tops, more) else 0


@internal
@pure
def _ranking(choice: uint256, form: uint256) -> uint256:
    """
    @dev What an ordinal choice of at most 32 bytes names.
    @param choice Its bytes as a number.
    @param form Packed.
    @return uint256 The mask; zero if the choice is not canonical.
    """
    list: uint256 = 0
    length: uint256 = 0
    list, length = self._strip(choice, (form >> 32) & forms.BYTE)
    mask: uint256 = self._named(list, length)
    # Less ones than options named: one stands twice, or a zero before another.
    if self._ones(mask >> 1) != length or length < (form >> 16) & forms.BYTE or mask >> ((form >> 8) & forms.BYTE) > 1:
        return 0
    return mask


@internal
@pure
def _strip(choice: uint256, length: uint256) -> (uint256, uint256):
    """
    @dev Takes the zeros off the end of a list.
    @param choice The list as a number.
    @param length Its bytes, at most 32.
    @return uint256 The list without them.
    @return uint256 How many bytes are left.
    """
    list: uint256 = choice
    left: uint256 = length
    for _: uint256 in range(32):
        if list & forms.BYTE != 0 or left == 0:
            break
        list = list >> 8
        left = unsafe_sub(left, 1)
    return list, left


@internal
@pure
def _tops(length: uint256) -> (uint256, uint256):
    """
    @dev What `_is_ascending` needs to know of a list of some length.
    @param length Bytes, at most 32.
    @return uint256 The bits that it expects.
    @return uint256 What it adds to the fields of every second byte: FIELD_BYTE, and one more where the list has ended.
    """
    tops: uint256 = 1 << (unsafe_add(length, 1) >> 1 << 4)
    return FIELD_TOP & unsafe_sub(tops, 1), FIELD_BYTE + ((length & 1) << (length >> 1 << 4))


@internal
@pure
def _is_ascending(list: uint256, tops: uint256, more: uint256) -> bool:
    """
    @dev Whether the options of a list ascend, none of them zero. Compares all neighbours at once: in 16-bit fields, 255 +
         byte - byte before has bit 8 if the byte is greater.
    @param list The options, one byte each, nothing above them.
    @param tops First result of `_tops`.
    @param more Second result of `_tops`.
    @return bool True if they do.
    """
    low: uint256 = list & FIELD_BYTE
    high: uint256 = (list >> 8) & FIELD_BYTE
    return (
        ~(unsafe_sub(unsafe_add(low, FIELD_BYTE), high) & unsafe_sub(unsafe_add(high, more), low >> 16)) & tops
    ) == 0


@internal
@pure
def _named(list: uint256, length: uint256) -> uint256:
    """
    @dev The mask of a list.
    @param list The options, one byte each, nothing above them.
    @param length How many, at most 32.
    @return uint256 The mask.
    """
    mask: uint256 = (
        1 | 1 << (list & 255) | 1 << ((list >> 8) & 255) | 1 << ((list >> 16) & 255) | 1 << ((list >> 24) & 255)
        | 1 << ((list >> 32) & 255) | 1 << ((list >> 40) & 255) | 1 << ((list >> 48) & 255)
    )
    if length > 7:
        mask |= (
            1 << ((list >> 56) & 255) | 1 << ((list >> 64) & 255) | 1 << ((list >> 72) & 255)
            | 1 << ((list >> 80) & 255) | 1 << ((list >> 88) & 255) | 1 << ((list >> 96) & 255)
            | 1 << ((list >> 104) & 255) | 1 << ((list >> 112) & 255)
        )
        if length > 15:
            for i: uint256 in range(15, length, bound=32):
                mask |= 1 << ((list >> (8 * i)) & 255)
    return mask


@internal
@pure
def _ones(mask: uint256) -> uint256:
    """
    @dev Counts the ones of a mask.
    @param mask At most 255 ones.
    @return uint256 How many.
    """
    ones: uint256 = unsafe_sub(mask, (mask >> 1) & EVERY_SECOND)
    ones = unsafe_add(ones & PAIRS_OF_BITS, (ones >> 2) & PAIRS_OF_BITS)
    return unsafe_mul(unsafe_add(ones, ones >> 4) & NIBBLES, BYTE_ONE) >> 248


@internal
@pure
def _long_mask(lane: uint256[LANE_WORDS], form: uint256) -> uint256:
    """
    @dev What a choice without points names, whatever its length.
    @param lane Sequence and choice from the left, zeros behind.
    @param form Packed.
    @return uint256 The mask; zero if the choice is not canonical.
    """
    length: uint256 = (form >> 32) & forms.BYTE
    if length <= 32:
        return self._mask((lane[0] << 8 | lane[1] >> 248) >> (256 - 8 * length), form)
    mask: uint256 = 1
    last: uint256 = 0
    named: uint256 = 0
    for i: uint256 in range(1, length + 1, bound=forms.MAX_CHOICE):
        option: uint256 = (lane[i >> 5] >> (248 - ((i & 31) << 3))) & forms.BYTE
        if option == 0:
            last = 256
        elif option <= last:
            return 0
        else:
            last = option
            named += 1
            mask |= 1 << option
    if mask >> ((form >> 8) & forms.BYTE) > 1 or named < (form >> 16) & forms.BYTE:
        return 0
    return mask


@internal
@pure
def _item(lane: uint256[LANE_WORDS], i: uint256, item_bits: uint256) -> uint256:
    """
    @dev One item of a choice with points.
    @param lane Sequence and choice from the left, zeros behind.
    @param i Its number, from 0.
    @param item_bits As `_item_bits` says.
    @return uint256 Option << item_bits - 8 | points; zero where the items have ended.
    """
    at: uint256 = 8 + i * item_bits
    word: uint256 = lane[at >> 8] << (at & 255)
    if at & 255 != 0 and at >> 8 < LANE_WORDS - 1:
        word |= lane[(at >> 8) + 1] >> (256 - (at & 255))
    return word >> (256 - item_bits)


@internal
@pure
def _is_weighing(lane: uint256[LANE_WORDS], form: uint256) -> bool:
    """
    @dev Whether a choice with points is canonical.
    @param lane Sequence and choice from the left, zeros behind.
    @param form Packed; ordinal, cumulative or score.
    @return bool True if each option stands once, in ascending order unless they are ranked, with zeros behind them, and
            number, points and sum are within the limits.
    """
    item_bits: uint256 = forms._item_bits(form)
    points_bits: uint256 = item_bits - 8
    is_ranked: bool = points_bits == 0
    mask: uint256 = 1
    named: uint256 = 0
    sum: uint256 = 0
    has_ended: bool = False
    for i: uint256 in range((form >> 24) & forms.BYTE, bound=forms.MAX_CHOICE):
        item: uint256 = self._item(lane, i, item_bits)
        if item == 0:
            has_ended = True
            continue
        option: uint256 = item >> points_bits
        points: uint256 = item ^ (option << points_bits)
        before: uint256 = mask >> option
        if is_ranked:
            before &= 1
        if has_ended or before != 0 or points < (form >> 40) & 65535 or points > (form >> 56) & 65535:
            return False
        mask |= 1 << option
        named += 1
        sum += points
    return self._is_within(mask, named, sum, form)


@internal
@pure
def _weighing(choice: uint256, form: uint256) -> uint256:
    """
    @dev What a choice of at most 32 bytes in pairs names.
    @param choice Its bytes as a number.
    @param form Packed; cumulative or score.
    @return uint256 The mask; zero if the choice is not canonical.
    """
    item_bits: uint256 = forms._item_bits(form)
    points_bits: uint256 = unsafe_sub(item_bits, 8)
    end: uint256 = ((form >> 32) & forms.BYTE) << 3
    rest: uint256 = choice
    mask: uint256 = 1
    named: uint256 = 0
    sum: uint256 = 0
    for i: uint256 in range(MAX_SHORT_PAIRS):
        if rest == 0:
            break
        end = unsafe_sub(end, item_bits)
        item: uint256 = rest >> end
        rest ^= item << end
        option: uint256 = item >> points_bits
        # An option stands before, or a greater one; option zero always does.
        if mask >> option != 0:
            return 0
        mask |= 1 << option
        named = unsafe_add(named, 1)
        points: uint256 = item ^ (option << points_bits)
        if points < (form >> 40) & 65535 or points > (form >> 56) & 65535:
            return 0
        sum = unsafe_add(sum, points)
    return mask if self._is_within(mask, named, sum, form) else 0


@internal
@pure
def _is_within(mask: uint256, named: uint256, sum: uint256, form: uint256) -> bool:
    """
    @dev Whether a choice keeps the limits of a form.
    @param mask What it names.
    @param named How many options.
    @param sum All its points.
    @param form Packed.
    @return bool True if it does.
    """
    return (
        mask >> ((form >> 8) & forms.BYTE) <= 1
        and named >= (form >> 16) & forms.BYTE
        and sum >= (form >> 72) & (2**32 - 1)
        and sum <= (form >> 104) & (2**32 - 1)
    )


@internal
@pure
def _canonical(lane: uint256[LANE_WORDS], form: uint256) -> uint256:
    """
    @dev Checks a choice of any kind and length.
    @param lane Sequence and choice from the left, zeros behind.
    @param form Packed.
    @return uint256 Zero if the choice is not canonical; else what it names, as a mask where it has no points.
    """
    if form & forms.BYTE < forms.ORDINAL:
        return self._long_mask(lane, form)
    return convert(self._is_weighing(lane, form), uint256)
