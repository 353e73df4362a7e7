# pragma version ^0.4.0
"""
@title Counters
@license Apache-2.0
@notice 256 counters that count masks all at once: bit n of plane p is bit p of counter n.
"""


# @dev Planes of a batch: 1,024 masks and what replaces them are below 2^12.
PLANES: constant(uint256) = 12
# @dev Multiplied by a byte, the first puts bit i of it at 32 i, among others; the second keeps those.
SPREAD: constant(uint256) = (2**248 - 1) // (2**31 - 1)
SPREAD_ONES: constant(uint256) = max_value(uint256) // (2**32 - 1)


@internal
@pure
def _add(planes: uint256[PLANES], mask: uint256, first: uint256) -> uint256[PLANES]:
    """
    @dev Counts a mask 2^first times.
    @param planes The counters.
    @param mask Which of them to increase.
    @param first By what power of two.
    @return uint256[PLANES] The counters after it.
    """
    after: uint256[PLANES] = planes
    carry: uint256 = mask
    for p: uint256 in range(first, PLANES, bound=PLANES):
        if carry == 0:
            break
        plane: uint256 = after[p]
        after[p] = plane ^ carry
        carry = plane & carry
    return after


@internal
@pure
def _eight(planes: uint256[PLANES], first: uint256) -> uint256:
    """
    @dev Eight neighbouring counters as one tally word.
    @param planes The counters.
    @param first Number of the first of them.
    @return uint256 Counter first + i at bits 32 i.
    """
    total: uint256 = 0
    for p: uint256 in range(PLANES):
        total = unsafe_add(total, (unsafe_mul((planes[p] >> first) & 255, SPREAD) & SPREAD_ONES) << p)
    return total


@internal
@pure
def _spread(mask: uint256) -> uint256:
    """
    @dev A mask of eight counters as a tally word.
    @param mask Below 256.
    @return uint256 Bit i at 32 i.
    """
    return unsafe_mul(mask, SPREAD) & SPREAD_ONES
