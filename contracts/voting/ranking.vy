# pragma version ^0.4.0
"""
@title Ranking
@license Apache-2.0
@notice Puts up to 255 numbers in falling order.
@dev Merge sort from the bottom up: its cost does not depend on the order it is given.
"""


MAX_KEYS: constant(uint256) = 255
# Doublings of a run of one until it holds 255 keys.
MAX_PASSES: constant(uint256) = 8


@internal
@pure
def _sort_descending(keys: DynArray[uint256, MAX_KEYS]) -> DynArray[uint256, MAX_KEYS]:
    """
    @notice Sort.
    @param keys Any numbers.
    @return The same numbers, the greatest first.
    """
    count: uint256 = len(keys)
    sorted: DynArray[uint256, MAX_KEYS] = keys
    merged: DynArray[uint256, MAX_KEYS] = keys
    width: uint256 = 1
    for _: uint256 in range(MAX_PASSES):
        if width >= count:
            break
        # Two neighbouring runs of `width` keys, [left, middle) and [right, end), become one.
        left: uint256 = 0
        middle: uint256 = width
        right: uint256 = width
        end: uint256 = min(2 * width, count)
        for place: uint256 in range(count, bound=MAX_KEYS):
            if place == end:
                left = end
                middle = min(left + width, count)
                right = middle
                end = min(middle + width, count)
            take_left: bool = right == end
            if not take_left and left < middle:
                take_left = sorted[left] >= sorted[right]
            if take_left:
                merged[place] = sorted[left]
                left += 1
            else:
                merged[place] = sorted[right]
                right += 1
        sorted = merged
        width *= 2
    return sorted
