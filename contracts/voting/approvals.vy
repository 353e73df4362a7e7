# pragma version ^0.4.0
"""
@title Approvals
@license Apache-2.0
@notice Reads who approves what from the storage words in which Ballots keeps the last ballot of each seat.
@dev Layout of words: docs/reference/formats.md, 6; of choices: 4. Only for forms whose choices are options without
     points: choose one, and approval.
"""


CHOOSE_ONE: constant(uint256) = 2
APPROVAL: constant(uint256) = 3
BYTE: constant(uint256) = 255
SLOT: constant(uint256) = 32
# Storage words read at once, and ballots read from them.
MAX_WORDS: constant(uint256) = 512
MAX_BALLOTS: constant(uint256) = 2048


@internal
@pure
def _is_readable(form: uint256) -> bool:
    """
    @notice Whether ballots of a form are plain approvals.
    """
    kind: uint256 = form & BYTE
    return kind == CHOOSE_ONE or kind == APPROVAL


@internal
@pure
def _masks(words: DynArray[uint256, MAX_WORDS], form: uint256) -> DynArray[uint256, MAX_BALLOTS]:
    """
    @notice What each ballot approves: bit i is option i + 1, nothing for a blank one.
    @dev Reverts if there are more ballots than it can hold.
    @param words Neighbouring words, the first one at the start of a seat.
    @param form The question's form.
    @return One mask for each seat that has cast a ballot, in order.
    """
    masks: DynArray[uint256, MAX_BALLOTS] = []
    choice_bits: uint256 = ((form >> 32) & BYTE) << 3
    lane_bits: uint256 = choice_bits + 8
    if lane_bits > 256:
        # A mask of 32 bytes behind the sequence number: the only choice without points that needs a second word.
        assert len(words) % 2 == 0, "approvals: half a seat"
        for seat: uint256 in range(len(words) // 2, bound=MAX_WORDS // 2):
            if words[2 * seat] != 0:
                masks.append(words[2 * seat] << 8 | words[2 * seat + 1] >> 248)
        return masks
    choice_mask: uint256 = (1 << choice_bits) - 1
    # A mask is used where it is no longer than a list.
    is_list: bool = form & BYTE == CHOOSE_ONE or (((form >> 8) & BYTE) + 7) >> 3 > (form >> 24) & BYTE
    for word: uint256 in words:
        rest: uint256 = word
        for _: uint256 in range(SLOT):
            if rest == 0:
                break
            choice: uint256 = rest & choice_mask
            # A sequence number of zero: this seat has cast nothing.
            if (rest >> choice_bits) & BYTE != 0:
                masks.append(self._listed(choice) if is_list else choice)
            rest = rest >> lane_bits
    return masks


@internal
@pure
def _listed(choice: uint256) -> uint256:
    """
    @notice The mask of a list of options, one byte each from 1, zeros at its end.
    """
    mask: uint256 = 0
    rest: uint256 = choice
    for _: uint256 in range(SLOT):
        if rest == 0:
            break
        # Option 0 stands for none, and the shift drops it.
        mask |= (1 << (rest & BYTE)) >> 1
        rest = rest >> 8
    return mask
