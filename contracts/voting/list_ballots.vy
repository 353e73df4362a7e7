# pragma version ^0.4.0
"""
@title List ballots
@license Apache-2.0
@notice Counts approvals that are lists of at most 27 options. They are longer than other short choices and have a loop of
        their own, which takes the seats of a batch in runs, so that a ballot is to follow the one before in its word.
@dev One function without calls and checked arithmetic, as in short_ballots, and for the same reasons. Model:
     ledger/voting/tally.py.
"""


from contracts.voting import choices
from contracts.voting import counters
from contracts.voting import forms
from contracts.voting import lanes
from contracts.voting import questions
from contracts.voting import tallies
from contracts.voting import typed_data


uses: questions
uses: tallies
uses: lanes


# @dev How many seats a run has at most: as many as the roll gives the entries of at once.
AHEAD: constant(uint256) = 32
# @dev lanes.WINDOW is 2^3.
WINDOW_BITS: constant(uint256) = 3
SEAT: constant(uint256) = 2
SEQUENCE: constant(uint256) = 3
CHOICE: constant(uint256) = 4
# @dev The lower byte of each 16-bit field but the last.
NEXT_BYTE: constant(uint256) = max_value(uint256) // 65535 * 255 - 255
# @dev Seat and sequence of a record.
HEAD: constant(uint256) = 2**40 - 1


@internal
def _cast(id: uint256, form: uint256, number: uint256) -> DynArray[uint256, 4]:
    """
    @dev Counts a batch of lists.
    @param id The question.
    @param form Its form and times.
    @param number How many records.
    @return DynArray Bit i % 256 of word i / 256 is set if record i counts.
    """
    prefix: Bytes[34] = concat(typed_data.PREFIX, questions.DOMAIN)
    record: uint256 = (form >> 136) & questions.TIME
    options: uint256 = (form >> 8) & forms.BYTE
    length: uint256 = (form >> 32) & forms.BYTE
    choice_bits: uint256 = length << 3
    lane_bits: uint256 = choice_bits + 8
    choice_left: uint256 = 256 - choice_bits
    lane_mask: uint256 = (1 << lane_bits) - 1
    choice_mask: uint256 = lane_mask >> 8
    per_word: uint256 = 256 // lane_bits
    full: uint256 = per_word * lane_bits
    # Bit 8 of each 16-bit field that a list of this length has, and of one more if that is even.
    fields: uint256 = (length >> 1) + 1
    tops: uint256 = choices.FIELD_TOP & ((1 << (fields << 4)) - 1)
    # 255 in each field; there is nothing in the last one of an even list to compare.
    even: uint256 = choices.FIELD_BYTE + ((1 - (length & 1)) << (length >> 1 << 4))
    odd: uint256 = unsafe_add(choices.FIELD_BYTE, unsafe_add(options, 1))
    step: uint256 = lanes.RECORD + length
    # 96 bytes before the end of a record: the first is preceded by 100.
    begin: uint256 = lanes.RECORDS_AT - 96
    at: uint256 = begin
    end: uint256 = at + number * step
    # Where the last record of a run begins, seen from `at`.
    ahead: uint256 = 96 + step * (AHEAD - 1)
    # What is signed: type, question, seat, sequence, choice.
    ballot: uint256[5] = [convert(questions.BALLOT_TYPE, uint256), convert(questions.hashes[id], uint256), 0, 0, 0]
    if length > 15:
        # More than are looked at here.
        tops = max_value(uint256)
    place: uint256 = 0
    word: uint256 = 0
    # Records that do not count.
    missed: uint256[4] = empty(uint256[4])
    # Counters of ballots by bit planes; `held` are masks that wait for a second one of their weight.
    one: uint256 = 0
    two: uint256 = 0
    four: uint256 = 0
    eight: uint256 = 0
    held_one: uint256 = 0
    held_two: uint256 = 0
    held_four: uint256 = 0
    held_eight: uint256 = 0
    mask: uint256 = 0
    half: uint256 = 0
    carry: uint256 = 0
    plus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    minus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    entries: uint256[AHEAD] = empty(uint256[AHEAD])
    for _: uint256 in range(lanes.MAX_RECORDS):
        if at == end:
            break
        # A run begins: the next seats, one or as many as the roll gives at once.
        seat: uint256 = convert(slice(msg.data, unsafe_add(at, 96), 4), uint256)
        span: uint256 = 1
        if (
            unsafe_add(at, unsafe_mul(step, AHEAD)) <= end
            and convert(slice(msg.data, unsafe_add(at, ahead), 4), uint256) == unsafe_add(seat, AHEAD - 1)
        ):
            span = AHEAD
            entries = staticcall questions.ROLL.entries_from(seat)
        else:
            entries[0] = staticcall questions.ROLL.entry(seat)
        if place != 0:
            lanes.words[place] = word
        group: uint256 = unsafe_div(seat, per_word)
        place = unsafe_add(id << 48, group)
        word = lanes.words[place]
        down: uint256 = unsafe_mul(unsafe_sub(unsafe_sub(seat, unsafe_mul(group, per_word)), 1), lane_bits)
        ballot[SEAT] = unsafe_sub(seat, 1)
        for k: uint256 in range(span, bound=AHEAD):
            at = unsafe_add(at, step)
            tail: uint256[3] = abi_decode(slice(msg.data, at, 96), uint256[3], unwrap_tuple=False)
            ballot[SEAT] = unsafe_add(ballot[SEAT], 1)
            down = unsafe_add(down, lane_bits)
            if down == full:
                lanes.words[place] = word
                place = unsafe_add(place, 1)
                word = lanes.words[place]
                down = 0
            old: uint256 = (word >> down) & lane_mask
            ballot[SEQUENCE] = (tail[0] >> choice_bits) & HEAD ^ ballot[SEAT] << 8
            choice: uint256 = tail[0] & choice_mask
            # Zero if the seat is the next one, and sequence and s are within their limits.
            outside: uint256 = (
                unsafe_sub(unsafe_sub(ballot[SEQUENCE], old >> choice_bits), 1) >> WINDOW_BITS
                | unsafe_sub(typed_data.HALF_ORDER, tail[2] & typed_data.S_MASK) >> 255
            )
            # And the list is full and ascends, from above zero to an option that there is.
            if (
                outside
                | ~(
                    unsafe_sub(unsafe_add(choice & choices.FIELD_BYTE, even), (choice >> 8) & choices.FIELD_BYTE)
                    & unsafe_sub(unsafe_add((choice << 8) & NEXT_BYTE, odd), choice & choices.FIELD_BYTE)
                ) & tops
            ) != 0:
                if ballot[SEQUENCE] > forms.BYTE:
                    at = unsafe_sub(at, step)
                    break
                mask = 0
                if outside == 0:
                    mask = choices._mask(choice, form)
                if mask == 0:
                    # No signature has such an r: the record fails below, with all others.
                    tail[1] = 0
            else:
                mask = (
                    1 | 1 << (choice & 255) | 1 << ((choice >> 8) & 255) | 1 << ((choice >> 16) & 255)
                    | 1 << ((choice >> 24) & 255) | 1 << ((choice >> 32) & 255) | 1 << ((choice >> 40) & 255)
                    | 1 << ((choice >> 48) & 255) | 1 << ((choice >> 56) & 255) | 1 << ((choice >> 64) & 255)
                    | 1 << ((choice >> 72) & 255) | 1 << ((choice >> 80) & 255) | 1 << ((choice >> 88) & 255)
                    | 1 << ((choice >> 96) & 255) | 1 << ((choice >> 104) & 255) | 1 << (choice >> 112)
                )
            ballot[CHOICE] = convert(keccak256(slice(convert(choice << choice_left, bytes32), 0, length)), uint256)
            # What is left of an entry must be `since`, from 1 to record: as in short_ballots, but turned by a product.
            if (
                unsafe_sub(
                    uint256_mulmod(
                        convert(
                            ecrecover(
                                keccak256(concat(prefix, keccak256(abi_encode(ballot)))),
                                unsafe_add(tail[2] >> 255, 27),
                                tail[1],
                                tail[2] & typed_data.S_MASK,
                            ),
                            uint256,
                        )
                        ^ entries[k],
                        2**96,
                        max_value(uint256),
                    ),
                    1,
                )
                >= record
            ):
                n: uint256 = unsafe_sub(unsafe_div(unsafe_sub(at, begin), step), 1)
                missed[n >> 8] |= 1 << (n & 255)
                continue
            word = word ^ ((old ^ tail[0] & lane_mask) << down)
            if held_one != 0:
                half = one ^ held_one
                carry = (one & held_one) | (half & mask)
                one = half ^ mask
                held_one = 0
                if held_two != 0:
                    half = two ^ held_two
                    mask = (two & held_two) | (half & carry)
                    two = half ^ carry
                    held_two = 0
                    if held_four != 0:
                        half = four ^ held_four
                        carry = (four & held_four) | (half & mask)
                        four = half ^ mask
                        held_four = 0
                        if held_eight != 0:
                            half = eight ^ held_eight
                            mask = (eight & held_eight) | (half & carry)
                            eight = half ^ carry
                            held_eight = 0
                            for p: uint256 in range(4, counters.PLANES):
                                half = plus[p]
                                plus[p] = half ^ mask
                                mask = half & mask
                                if mask == 0:
                                    break
                        else:
                            held_eight = carry
                    else:
                        held_four = mask
                else:
                    held_two = carry
            else:
                held_one = mask
            if old != 0:
                minus = counters._add(minus, choices._mask(old & choice_mask, form), 0)
    lanes.words[place] = word
    plus[0] = one
    plus[1] = two
    plus[2] = four
    plus[3] = eight
    plus = counters._add(plus, held_one, 0)
    plus = counters._add(plus, held_two, 1)
    plus = counters._add(plus, held_four, 2)
    plus = counters._add(plus, held_eight, 3)
    tallies._apply(id, form, plus, minus)
    accepted: DynArray[uint256, 4] = []
    for n: uint256 in range(4):
        if number > n << 8:
            here: uint256 = min(number - (n << 8), 256)
            accepted.append(missed[n] ^ (max_value(uint256) >> (256 - here)))
    return accepted
