# pragma version ^0.4.0
"""
@title Walk of equal shares
@license Apache-2.0
@notice Takes voters through the lines of a certificate, adds up what they pay, and judges the sums.
@dev A sum is grains << 32 | how many have at least the line's cap. Lines: contracts/voting/equal_shares_plan.vy. Less than
     2^32 voters with caps below 2^192 cannot overflow it.
     Model: ledger/voting/equal_shares_check.py.
"""
from contracts.voting import approvals
from contracts.voting import equal_shares_plan as plan


# A cost in minor units, shifted by this, is in grains.
GRAIN_BITS: constant(uint256) = 128
COUNT_BITS: constant(uint256) = 32
COUNT: constant(uint256) = 2**32 - 1
NO_LINE: constant(uint256) = max_value(uint256)
# Words that hold one bit for each line.
WORDS: constant(uint256) = 4
# A prime of which 2 is a primitive root: the powers of two below 2^256 differ modulo it.
MODULUS: constant(uint256) = 269
# The kind of a line, where it stands in it.
KIND_BITS: constant(uint256) = 255 << 8
PAYMENT_BITS: constant(uint256) = 0


@internal
@pure
def _walk(
    masks: DynArray[uint256, approvals.MAX_BALLOTS],
    lines: DynArray[uint256, plan.MAX_LINES],
    split: uint256,
    fits_share: uint256,
    exceeds_share: uint256,
    before: DynArray[uint256, plan.MAX_LINES],
) -> DynArray[uint256, plan.MAX_LINES]:
    """
    @notice Add some voters to the sums.
    @param masks What each of them approves.
    @param lines All lines of the certificate.
    @param split How many of them belong to the step that fits.
    @param fits_share What each voter has to spend in that step, in grains.
    @param exceeds_share The same in the step that overspends.
    @param before The sums so far, one for each line.
    @return The sums with these voters.
    """
    sums: DynArray[uint256, plan.MAX_LINES] = before
    positions: uint256[MODULUS] = self._positions()
    sets: uint256[plan.MAX_OPTIONS * WORDS] = self._line_sets(lines)
    used: uint256 = (len(lines) + 255) >> 8
    for mask: uint256 in masks:
        # The lines of all options that the voter approves, as bits.
        mine: uint256[WORDS] = empty(uint256[WORDS])
        rest: uint256 = mask
        for _: uint256 in range(256):
            if rest == 0:
                break
            lowest: uint256 = rest & unsafe_sub(0, rest)
            rest ^= lowest
            own: uint256 = unsafe_mul(positions[lowest % MODULUS], WORDS)
            for word: uint256 in range(used, bound=WORDS):
                mine[word] |= sets[unsafe_add(own, word)]
        left: uint256 = fits_share
        is_next: bool = False
        for word: uint256 in range(used, bound=WORDS):
            rest = mine[word]
            for _: uint256 in range(256):
                if rest == 0:
                    break
                lowest: uint256 = rest & unsafe_sub(0, rest)
                rest ^= lowest
                i: uint256 = word << 8 | positions[lowest % MODULUS]
                if i >= split and not is_next:
                    left = exceeds_share
                    is_next = True
                line: uint256 = lines[i]
                amount: uint256 = line >> 16
                reached: uint256 = 1
                if left < amount:
                    amount = left
                    reached = 0
                sums[i] = unsafe_add(sums[i], amount << COUNT_BITS | reached)
                if line & KIND_BITS == PAYMENT_BITS:
                    left = unsafe_sub(left, amount)
    return sums


@internal
@pure
def _positions() -> uint256[MODULUS]:
    """
    @notice The place of a single bit, by its value modulo a prime of which 2 is a primitive root.
    """
    positions: uint256[MODULUS] = empty(uint256[MODULUS])
    for i: uint256 in range(256):
        positions[(1 << i) % MODULUS] = i
    return positions


@internal
@pure
def _line_sets(lines: DynArray[uint256, plan.MAX_LINES]) -> uint256[plan.MAX_OPTIONS * WORDS]:
    """
    @notice For each option the lines that are about it, as bits: line i is bit i % 256 of word i / 256.
    """
    sets: uint256[plan.MAX_OPTIONS * WORDS] = empty(uint256[plan.MAX_OPTIONS * WORDS])
    for i: uint256 in range(len(lines), bound=plan.MAX_LINES):
        sets[(lines[i] & plan.BYTE) * WORDS + (i >> 8)] |= 1 << (i & 255)
    return sets


@internal
@pure
def _failing(
    lines: DynArray[uint256, plan.MAX_LINES],
    sums: DynArray[uint256, plan.MAX_LINES],
    costs: DynArray[uint256, plan.MAX_OPTIONS],
) -> uint256:
    """
    @notice Judge the sums of all voters.
    @dev A payment is right if it is the least that reaches the cost: with one grain less from each who has it, it would
         not. A probe is right if it does not reach the cost.
    @return Index of the first line that is wrong, `NO_LINE` if none is.
    """
    for i: uint256 in range(len(lines), bound=plan.MAX_LINES):
        cost: uint256 = costs[lines[i] & plan.BYTE] << GRAIN_BITS
        collected: uint256 = sums[i] >> COUNT_BITS
        is_short: bool = collected < cost
        if (lines[i] >> 8) & plan.BYTE == plan.PAYMENT:
            if is_short or collected - (sums[i] & COUNT) >= cost:
                return i
        elif not is_short:
            return i
    return NO_LINE
