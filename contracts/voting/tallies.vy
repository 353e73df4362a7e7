# pragma version ^0.4.0
"""
@title Tallies
@license Apache-2.0
@notice The counts of all questions, in the storage words of docs/reference/formats.md, 6.
@dev Three layouts: points, where ballots rank or weigh; numbers of 32 bits for few options; bit planes for many, because
     a batch then writes about ten words instead of up to 32.
"""


from contracts.voting import counters
from contracts.voting import forms


# @dev From this many options on, counts stand in planes.
MANY: constant(uint256) = 64
WORDS_EACH: constant(uint256) = 128
COUNT: constant(uint256) = 2**32 - 1
POINTS: constant(uint256) = 2**64 - 1
PAIR: constant(uint256) = 2**128 - 1


# @dev Tally word i of question id at 128 id + i. This array begins at slot 2^66 and ends at 2^96.
words: uint256[2**96 - 2**66]


@internal
def _apply(id: uint256, form: uint256, plus: uint256[counters.PLANES], minus: uint256[counters.PLANES]):
    """
    @dev Adds what a batch counted, and takes off what it replaced.
    @param id The question, of a kind without points.
    @param form Its form.
    @param plus Counters of the ballots that count.
    @param minus Counters of those that they replaced.
    """
    options: uint256 = (form >> 8) & forms.BYTE
    if options >= MANY:
        self._apply_planes(id * WORDS_EACH, plus, minus)
        return
    for i: uint256 in range(options // 8 + 1, bound=8):
        change: uint256 = unsafe_sub(counters._eight(plus, i * 8), counters._eight(minus, i * 8))
        if change != 0:
            self.words[id * WORDS_EACH + i] = unsafe_add(self.words[id * WORDS_EACH + i], change)


@internal
def _apply_planes(base: uint256, plus: uint256[counters.PLANES], minus: uint256[counters.PLANES]):
    """
    @dev The same in planes: adds with carries, then subtracts with borrows, from the lowest bits up.
    @param base Index of the question's first word.
    @param plus Counters to add.
    @param minus Counters to take off.
    """
    carry: uint256 = 0
    borrow: uint256 = 0
    for p: uint256 in range(32):
        more: uint256 = 0
        less: uint256 = 0
        if p < counters.PLANES:
            more = plus[p]
            less = minus[p]
        elif carry | borrow == 0:
            break
        if more | less | carry | borrow == 0:
            continue
        before: uint256 = self.words[base + p]
        half: uint256 = before ^ more
        sum: uint256 = half ^ carry
        carry = (before & more) | (half & carry)
        half = sum ^ less
        after: uint256 = half ^ borrow
        borrow = (~sum & (less | borrow)) | (less & borrow)
        if after != before:
            self.words[base + p] = after


@internal
@view
def _load(id: uint256, form: uint256) -> (uint256, DynArray[uint256, 255], DynArray[uint256, 255]):
    """
    @dev The counts of a question.
    @param id The question.
    @param form Its form.
    @return uint256 Turnout: ballots that count, blank ones too.
    @return DynArray Votes, one number for each option.
    @return DynArray Points, the same; empty for kinds without.
    """
    options: uint256 = (form >> 8) & forms.BYTE
    base: uint256 = id * WORDS_EACH
    turnout: uint256 = 0
    votes: DynArray[uint256, 255] = []
    points: DynArray[uint256, 255] = []
    word: uint256 = 0
    for n: uint256 in range(options + 1, bound=256):
        count: uint256 = 0
        if form & forms.BYTE >= forms.ORDINAL:
            count = (self.words[base + n // 2] >> (128 * (n % 2))) & PAIR
            if n != 0:
                points.append(count & POINTS)
            count = count >> 64
        else:
            if n % 8 == 0:
                word = self._word(base, options, n // 8)
            count = (word >> (32 * (n % 8))) & COUNT
        if n == 0:
            turnout = count
        else:
            votes.append(count)
    return turnout, votes, points


@internal
@view
def _word(base: uint256, options: uint256, i: uint256) -> uint256:
    """
    @dev Counts 8 i to 8 i + 7 as 32-bit numbers, however they are stored.
    @param base Index of the question's first word.
    @param options Its number of options; not of a kind with points.
    @param i Which eight.
    @return uint256 Count 8 i + k at bits 32 k.
    """
    if options < MANY:
        return self.words[base + i]
    word: uint256 = 0
    for p: uint256 in range(32):
        plane: uint256 = (self.words[base + p] >> (8 * i)) & 255
        word = unsafe_add(word, (unsafe_mul(plane, counters.SPREAD) & counters.SPREAD_ONES) << p)
    return word


@internal
@view
def _first_counts(id: uint256, form: uint256) -> (uint256, uint256, uint256):
    """
    @dev What an outcome depends on.
    @param id The question.
    @param form Its form.
    @return uint256 Turnout.
    @return uint256 Count of option 1.
    @return uint256 Count of option 2; both are votes, and meant for kinds without points.
    """
    base: uint256 = id * WORDS_EACH
    if form & forms.BYTE >= forms.ORDINAL:
        return (self.words[base] >> 64) & POINTS, 0, 0
    word: uint256 = self._word(base, (form >> 8) & forms.BYTE, 0)
    return word & COUNT, (word >> 32) & COUNT, (word >> 64) & COUNT


@internal
def _change(id: uint256, n: uint256, change: uint256):
    """
    @dev Changes one count of a question of a kind with points.
    @param id The question.
    @param n Which count.
    @param change Votes << 64 | points, or the negative of that.
    """
    at: uint256 = id * WORDS_EACH + n // 2
    self.words[at] = unsafe_add(self.words[at], change << (128 * (n % 2)))
