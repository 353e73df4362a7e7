# pragma version ^0.4.0
"""
@title Short ballots
@license Apache-2.0
@notice Counts ballots whose choice has at most 27 bytes: nearly all there are, so this is written for little gas.
@dev The loop over a batch stands in one function and checks no arithmetic that cannot overflow: a call costs 50 to 100 gas
     a ballot. Records are read from the calldata, because a copy of them below other variables would cost memory by the
     size of the greatest batch. Model: ledger/voting/tally.py.
"""


from contracts.voting import choices
from contracts.voting import counters
from contracts.voting import forms
from contracts.voting import lanes
from contracts.voting import questions
from contracts.voting import reasons
from contracts.voting import tallies
from contracts.voting import typed_data


uses: questions
uses: tallies
uses: lanes


# @dev How many entries of the roll are asked for at once where as many seats follow one another.
AHEAD: constant(uint256) = 32


@internal
def _cast(id: uint256, form: uint256, number: uint256) -> DynArray[uint256, 4]:
    """
    @dev Counts a batch of ballots whose records have at most 96 bytes. Counts in memory; reads and writes
         each lane word once as long as the seats in it follow one another.
    @param id The question.
    @param form Its form and times.
    @param number How many records.
    @return DynArray Bit i % 256 of word i / 256 is set if record i counts.
    """
    question: bytes32 = questions.hashes[id]
    domain: bytes32 = questions.DOMAIN
    roll: questions.Roll = questions.ROLL
    record: uint256 = (form >> 136) & questions.TIME
    options: uint256 = (form >> 8) & forms.BYTE
    least: uint256 = (form >> 16) & forms.BYTE
    encoding: uint256 = forms._encoding(form)
    is_index: bool = encoding == forms.INDEX
    has_points: bool = form & forms.BYTE >= forms.ORDINAL
    is_ranking: bool = encoding == forms.LIST and has_points
    length: uint256 = (form >> 32) & forms.BYTE
    choice_bits: uint256 = length << 3
    lane_bits: uint256 = choice_bits + 8
    choice_left: uint256 = 256 - choice_bits
    lane_mask: uint256 = (1 << lane_bits) - 1
    choice_mask: uint256 = lane_mask >> 8
    per_word: uint256 = 256 // lane_bits
    step: uint256 = lanes.RECORD + length
    # 96 bytes before the end of each record: the first is preceded by 100.
    at: uint256 = lanes.RECORDS_AT - 96
    base: uint256 = id << 48
    place: uint256 = max_value(uint256)
    word: uint256 = 0
    stored: uint256 = 0
    accepted: DynArray[uint256, 4] = []
    bits: uint256 = 0
    bit: uint256 = 1
    # Counters of ballots by bit planes; `held` are masks that wait for a second one of their weight.
    one: uint256 = 0
    two: uint256 = 0
    four: uint256 = 0
    held_one: uint256 = 0
    held_two: uint256 = 0
    held_four: uint256 = 0
    half: uint256 = 0
    carry: uint256 = 0
    plus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    minus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    # With few options the whole tally is one word.
    few: bool = options < 8 and not has_points
    sum: uint256 = 0
    # Changes of counts where ballots have points: votes << 64 | points, modulo 2^256.
    counts: uint256[256] = empty(uint256[256])
    most: uint256 = (form >> 24) & forms.BYTE
    item_bits: uint256 = forms._item_bits(form)
    points_bits: uint256 = item_bits - 8
    points_mask: uint256 = ~(max_value(uint256) << points_bits)
    # Entries of the roll from seat `first` on, as many as `span` says: one, or all where the seats follow one another.
    entries: uint256[AHEAD] = empty(uint256[AHEAD])
    first: uint256 = 0
    span: uint256 = 0
    for i: uint256 in range(number, bound=lanes.MAX_RECORDS):
        at = unsafe_add(at, step)
        tail: uint256[3] = abi_decode(slice(msg.data, at, 96), uint256[3], unwrap_tuple=False)
        ballot: uint256 = tail[0] & lane_mask
        seat: uint256 = (tail[0] >> lane_bits) & lanes.SEAT
        group: uint256 = unsafe_div(seat, per_word)
        if group != place:
            if word != stored:
                lanes.words[unsafe_add(base, place)] = word
            place = group
            word = lanes.words[unsafe_add(base, group)]
            stored = word
        down: uint256 = unsafe_mul(unsafe_sub(seat, unsafe_mul(group, per_word)), lane_bits)
        old: uint256 = (word >> down) & lane_mask
        sequence: uint256 = ballot >> choice_bits
        if unsafe_sub(unsafe_sub(sequence, old >> choice_bits), 1) < lanes.WINDOW:
            choice: uint256 = ballot & choice_mask
            mask: uint256 = 0
            if is_index:
                if choice <= options and choice >= least:
                    mask = 1 << choice | 1
            elif is_ranking:
                mask = choices._ranking(choice, form)
            elif has_points:
                mask = choices._weighing(choice, form)
            else:
                mask = choices._mask(choice, form)
            s: uint256 = tail[2] & typed_data.S_MASK
            # Two conditions one after another cost less than joined by `and`.
            if s > typed_data.HALF_ORDER:
                mask = 0
            if mask != 0:
                key: uint256 = convert(
                    ecrecover(
                        keccak256(
                            concat(
                                typed_data.PREFIX,
                                domain,
                                keccak256(
                                    abi_encode(
                                        questions.BALLOT_TYPE,
                                        question,
                                        seat,
                                        sequence,
                                        keccak256(slice(convert(ballot << choice_left, bytes32), 0, length)),
                                    )
                                ),
                            )
                        ),
                        unsafe_add(tail[2] >> 255, 27),
                        tail[1],
                        s,
                    ),
                    uint256,
                )
                near: uint256 = unsafe_sub(seat, first)
                if near >= span:
                    first = seat
                    near = 0
                    span = 1
                    # The record that would have the last of as many neighbours.
                    last: uint256 = unsafe_add(at, unsafe_add(unsafe_mul(step, AHEAD - 2), 96))
                    if (
                        unsafe_add(i, AHEAD) <= number
                        and convert(slice(msg.data, last, 4), uint256) == unsafe_add(seat, AHEAD - 1)
                    ):
                        entries = staticcall roll.entries_from(seat)
                        span = AHEAD
                    else:
                        entries[0] = staticcall roll.entry(seat)
                key = key ^ entries[near]
                # The key cancels out if it is the seat's, and `since` is left: turned to the low end, it must be from 1 to
                # record. An empty seat leaves 0, another key leaves something above 2^95.
                if unsafe_sub(key << 96 | key >> 160, 1) < record:
                    word = word ^ ((old ^ ballot) << down)
                    bits |= bit
                    if few:
                        sum = unsafe_add(sum, unsafe_mul(mask, counters.SPREAD) & counters.SPREAD_ONES)
                    elif has_points:
                        sign: uint256 = 1
                        rest: uint256 = choice
                        for side: uint256 in range(2):
                            counts[0] = unsafe_add(counts[0], sign << 64)
                            weight: uint256 = 1 << 64 | most
                            end: uint256 = choice_bits
                            for _: uint256 in range(most, bound=lanes.SHORT):
                                if rest == 0:
                                    break
                                end = unsafe_sub(end, item_bits)
                                item: uint256 = rest >> end
                                rest ^= item << end
                                if not is_ranking:
                                    weight = 1 << 64 | item & points_mask
                                    item = item >> points_bits
                                counts[item] = unsafe_add(counts[item], unsafe_mul(sign, weight))
                                weight = unsafe_sub(weight, 1)
                            if old == 0:
                                break
                            rest = old & choice_mask
                            sign = max_value(uint256)
                        # Replaced already.
                        old = 0
                    elif held_one == 0:
                        held_one = mask
                    else:
                        half = one ^ held_one
                        carry = (one & held_one) | (half & mask)
                        one = half ^ mask
                        held_one = 0
                        if held_two == 0:
                            held_two = carry
                        else:
                            half = two ^ held_two
                            mask = (two & held_two) | (half & carry)
                            two = half ^ carry
                            held_two = 0
                            if held_four == 0:
                                held_four = mask
                            else:
                                half = four ^ held_four
                                carry = (four & held_four) | (half & mask)
                                four = half ^ mask
                                held_four = 0
                                for p: uint256 in range(3, counters.PLANES):
                                    half = plus[p]
                                    plus[p] = half ^ carry
                                    carry = half & carry
                                    if carry == 0:
                                        break
                    if old != 0:
                        mask = choices._mask(old & choice_mask, form)
                        if few:
                            sum = unsafe_sub(sum, unsafe_mul(mask, counters.SPREAD) & counters.SPREAD_ONES)
                        else:
                            minus = counters._add(minus, mask, 0)
        bit = bit << 1
        if bit == 0:
            accepted.append(bits)
            bits = 0
            bit = 1
    if word != stored:
        lanes.words[unsafe_add(base, place)] = word
    if bit != 1:
        accepted.append(bits)
    if has_points:
        for n: uint256 in range(options + 1, bound=256):
            if counts[n] != 0:
                tallies._change(id, n, counts[n])
        return accepted
    if few:
        tallies.words[id * tallies.WORDS_EACH] = unsafe_add(tallies.words[id * tallies.WORDS_EACH], sum)
        return accepted
    plus[0] = one
    plus[1] = two
    plus[2] = four
    plus = counters._add(plus, held_one, 0)
    plus = counters._add(plus, held_two, 1)
    plus = counters._add(plus, held_four, 2)
    tallies._apply(id, form, plus, minus)
    return accepted


@internal
def _vote(id: uint256, head: uint256, r: uint256, vs: uint256):
    """
    @dev Counts one ballot without points whose choice is short.
    @param id The question.
    @param head Seat, sequence and choice, zeros behind.
    @param r The signature's r.
    @param vs EIP-2098: s, with the parity in the highest bit.
    """
    form: uint256 = questions.words[id]
    questions._require_open(form)
    length: uint256 = (form >> 32) & forms.BYTE
    reasons._require(form & forms.BYTE < forms.ORDINAL and length <= lanes.SHORT, "ballots: cast this kind")
    choice_bits: uint256 = length << 3
    lane_bits: uint256 = unsafe_add(choice_bits, 8)
    ballot: uint256 = head << 32 >> unsafe_sub(256, lane_bits)
    seat: uint256 = head >> 224
    reasons._require(head << unsafe_add(lane_bits, 32) == 0, "ballots: bytes behind the choice")
    per_word: uint256 = unsafe_div(256, lane_bits)
    group: uint256 = unsafe_div(seat, per_word)
    place: uint256 = unsafe_add(id << 48, group)
    down: uint256 = unsafe_mul(unsafe_sub(seat, unsafe_mul(group, per_word)), lane_bits)
    word: uint256 = lanes.words[place]
    old: uint256 = (word >> down) & ~(max_value(uint256) << lane_bits)
    sequence: uint256 = ballot >> choice_bits
    assert unsafe_sub(unsafe_sub(sequence, old >> choice_bits), 1) < lanes.WINDOW, "ballots: sequence"
    choice: uint256 = ballot ^ (sequence << choice_bits)
    mask: uint256 = choices._mask(choice, form)
    assert mask != 0, "ballots: choice"
    key: uint256 = convert(
        ecrecover(
            keccak256(
                concat(
                    typed_data.PREFIX,
                    questions.DOMAIN,
                    keccak256(
                        abi_encode(
                            questions.BALLOT_TYPE,
                            questions.hashes[id],
                            seat,
                            sequence,
                            keccak256(slice(convert(head << 40, bytes32), 0, length)),
                        )
                    ),
                )
            ),
            unsafe_add(vs >> 255, 27),
            r,
            vs & typed_data.S_MASK,
        ),
        uint256,
    )
    entry: uint256 = staticcall questions.ROLL.entry(seat)
    assert (
        key != 0 and key == entry & questions.KEY_MASK and vs & typed_data.S_MASK <= typed_data.HALF_ORDER
    ), "ballots: signature"
    assert entry >> 160 <= (form >> 136) & questions.TIME, "ballots: seat too young"
    lanes.words[place] = word ^ ((old ^ ballot) << down)
    was: uint256 = 0
    if old != 0:
        was = choices._mask(old & ~(max_value(uint256) << choice_bits), form)
    if (form >> 8) & forms.BYTE < 8:
        place = id << 7
        tallies.words[place] = unsafe_sub(
            unsafe_add(tallies.words[place], unsafe_mul(mask, counters.SPREAD) & counters.SPREAD_ONES),
            unsafe_mul(was, counters.SPREAD) & counters.SPREAD_ONES,
        )
        return
    plus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    minus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    plus[0] = mask
    minus[0] = was
    tallies._apply(id, form, plus, minus)
