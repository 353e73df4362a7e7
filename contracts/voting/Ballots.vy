# pragma version ^0.4.0
"""
@title Ballots
@license Apache-2.0
@notice Open ballots: questions are opened, signed ballots are carried here by anybody, one or many at a time, and counted
        as they come; a later ballot of a seat replaces its earlier one; a passed question takes effect.
@dev Each seat's last ballot stands in a lane, several to a storage word where they fit (docs/reference/formats.md, 6).
     Records are read straight from the calldata: a copy of them, or variables above one, would cost memory by the size of
     the greatest batch. Model: ledger/voting/tally.py.
"""


from contracts.voting import choices
from contracts.voting import counters
from contracts.voting import questions
from contracts.voting import reasons
from contracts.voting import tallies
from contracts.voting import typed_data


initializes: questions
initializes: tallies


struct Outcome:
    closed: bool
    turnout: uint256
    passed: bool
    executed: bool


event Cast:
    id: indexed(uint256)
    accepted: DynArray[uint256, 4]


event Closed:
    id: indexed(uint256)
    turnout: uint256
    passed: bool


event Executed:
    id: indexed(uint256)
    target: address


BALLOT_TYPE: constant(bytes32) = keccak256("Ballot(bytes32 question,uint32 seat,uint16 sequence,bytes choice)")
MAX_RECORDS: constant(uint256) = 1024
# @dev Bytes of a record beside its choice: seat, sequence, r, vs.
RECORD: constant(uint256) = 69
MAX_RECORD: constant(uint256) = 324
# @dev Where the bytes of the last argument begin: selector, id, offset, length.
DATA: constant(uint256) = 100
# @dev Choices of at most this many bytes: a record has at most 96 bytes, and a lane shares its word.
SHORT: constant(uint256) = 27
SEAT: constant(uint256) = 2**32 - 1
# @dev How far a sequence may jump.
WINDOW: constant(uint256) = 8
MAX_EFFECT: constant(uint256) = 32768
MAX_WORDS: constant(uint256) = 512


# @dev Lane words of question id from (id << 48) on. This array begins at slot 2^96.
lanes: uint256[2**96]
# @dev By question.
outcomes: HashMap[uint256, Outcome]
# @dev The question whose effect is being called, and its kind.
current: transient(uint256)
current_kind: transient(uint8)


@deploy
def __init__(constitution: address, permissions: address, membership: address, roll: address):
    """
    @notice Fixes the contracts that it asks.
    @param constitution Has the terms.
    @param permissions Says who is a returning officer.
    @param membership Its active shares are the electorate.
    @param roll Has the seats and their keys.
    """
    questions.__init__(constitution, permissions, membership, roll)


@external
@view
def count() -> uint256:
    """
    @notice How many questions there are.
    @return uint256 Their ids are 1 to this.
    """
    return questions.opened


@external
@view
def question(id: uint256) -> questions.Question:
    """
    @notice What is asked.
    @param id The question; reverts on an unknown one.
    @return Question Its hash, form with times, hashes, terms, and the electorate when it was opened.
    """
    return questions._describe(id)


@external
@view
def result(id: uint256) -> (uint256, DynArray[uint256, 255], DynArray[uint256, 255]):
    """
    @notice The count so far.
    @param id The question; reverts on an unknown one.
    @return uint256 Turnout: ballots that count, blank ones too.
    @return DynArray Votes of each option.
    @return DynArray Points of each option; empty where ballots carry none.
    """
    return tallies._load(id, questions._word(id))


@external
@view
def outcome(id: uint256) -> Outcome:
    """
    @notice How a question ended.
    @param id The question; reverts on an unknown one.
    @return Outcome Zeros before it is closed.
    """
    questions._word(id)
    return self.outcomes[id]


@external
@view
def lane(id: uint256, seat: uint256) -> (uint256, Bytes[256]):
    """
    @notice The last ballot of a seat.
    @param id The question; reverts on an unknown one.
    @param seat The seat.
    @return uint256 Its sequence; 0 if it has cast none.
    @return Bytes Its choice.
    """
    form: uint256 = questions._word(id)
    reasons._require(seat <= SEAT, "ballots: no such seat")
    words: uint256[choices.LANE_WORDS] = self._load_lane(id, seat, form)
    return words[0] >> 248, slice(abi_encode(words), 1, (form >> 32) & choices.BYTE)


@external
@view
def lane_words(id: uint256, first: uint256, count: uint256) -> DynArray[uint256, MAX_WORDS]:
    """
    @notice Neighbouring lane words of a question.
    @param id The question; reverts on an unknown one.
    @param first The first of them, from 0.
    @param count How many, at most 512.
    @return DynArray The words.
    """
    questions._word(id)
    reasons._require(first < 2**48 - MAX_WORDS and count <= MAX_WORDS, "ballots: too many words")
    words: DynArray[uint256, MAX_WORDS] = []
    for i: uint256 in range(count, bound=MAX_WORDS):
        words.append(self.lanes[(id << 48) + first + i])
    return words


@external
@view
def executing() -> (uint256, uint8):
    """
    @notice What a contract asks that is called as an effect.
    @return uint256 The question whose effect is being called; 0 at any other time.
    @return uint8 Its kind of effect.
    """
    return self.current, self.current_kind


@external
def open(
    proposal: questions.Proposal, options: DynArray[questions.Option, questions.MAX_OPTIONS]
) -> uint256:
    """
    @notice Opens a question. Returning officers only.
    @param proposal What is asked, and when.
    @param options The options, in order.
    @return uint256 Its id.
    """
    questions.duties._require(questions.PERMISSIONS, questions.duties.RETURNING_OFFICER)
    return questions._open(proposal, len(options), keccak256(abi_encode(options)))


@external
def open_by_seats(
    proposal: questions.Proposal,
    options: DynArray[questions.Option, questions.MAX_OPTIONS],
    signatures: DynArray[questions.Signature, questions.MAX_OPENERS],
) -> uint256:
    """
    @notice Opens a question that as many seats have signed as the constitution asks for. Anyone may carry it here.
    @param proposal What is asked, and when.
    @param options The options, in order.
    @param signatures EIP-2098, of Opening(proposal, seat), ascending by seat.
    @return uint256 Its id.
    """
    return questions._open_by_seats(proposal, len(options), keccak256(abi_encode(options)), signatures)


@external
def cast(id: uint256, records: Bytes[MAX_RECORDS * MAX_RECORD]):
    """
    @notice Counts a batch of ballots. A bad one is skipped, and its bit in the event stays 0; reverts if none counts.
    @param id The question.
    @param records Records of the question's length, one after another, at most 1,024; cheapest in the order of seats.
    """
    self._cast(id, len(records))


@external
def vote(id: uint256, head: uint256, r: uint256, vs: uint256):
    """
    @notice Counts one ballot; reverts with the reason if it does not count. For choices without points of at most 27
            bytes; others are cast as a batch of one.
    @dev Logs nothing: it counts if the call succeeds, and an event would cost as much as the whole check of the choice.
    @param id The question.
    @param head Seat, sequence and choice, zeros behind.
    @param r The signature's r.
    @param vs EIP-2098: s, with the parity in the highest bit.
    """
    self._vote(id, head, r, vs)


@external
def close(id: uint256):
    """
    @notice Records how a question ended, once its window is over.
    @param id The question.
    """
    word: uint256 = questions._word(id)
    reasons._require(block.timestamp >= word >> 216, "ballots: still open")
    reasons._require(not self.outcomes[id].closed, "ballots: closed before")
    turnout: uint256 = 0
    yes: uint256 = 0
    no: uint256 = 0
    turnout, yes, no = tallies._first_counts(id, word)
    passed: bool = questions._passes(id, turnout, yes, no)
    self.outcomes[id] = Outcome(closed=True, turnout=turnout, passed=passed, executed=False)
    log Closed(id=id, turnout=turnout, passed=passed)


@external
@nonreentrant
def execute(id: uint256, target: address, data: Bytes[MAX_EFFECT]):
    """
    @notice Calls the effect of a passed question, once, after its waiting time.
    @param id The question.
    @param target The contract that the question named.
    @param data The call that it named.
    """
    word: uint256 = questions._word(id)
    reasons._require(self.outcomes[id].passed, "ballots: not passed")
    reasons._require(not self.outcomes[id].executed, "ballots: executed before")
    reasons._require(block.timestamp >= (word >> 216) + convert(questions.records[id].terms.waiting, uint256), "ballots: still waiting")
    reasons._require(keccak256(abi_encode(target, data)) == questions.records[id].effect, "ballots: another effect")
    # A call of an account without code would succeed and do nothing.
    reasons._require(target.is_contract, "ballots: no contract there")
    self.outcomes[id].executed = True
    self.current = id
    self.current_kind = questions.records[id].effect_kind
    raw_call(target, data)
    self.current = 0
    self.current_kind = 0
    log Executed(id=id, target=target)


@internal
def _cast(id: uint256, length: uint256):
    """
    @dev Counts the records that stand in the calldata.
    @param id The question.
    @param length Their bytes.
    """
    # The records are read at a fixed place; this is where every encoder puts them.
    reasons._require(convert(slice(msg.data, 36, 32), uint256) == 64, "ballots: arguments not in order")
    form: uint256 = questions.words[id]
    questions._require_open(form)
    step: uint256 = RECORD + ((form >> 32) & choices.BYTE)
    number: uint256 = length // step
    reasons._require(number * step == length, "ballots: ragged records")
    reasons._require(number <= MAX_RECORDS, "ballots: too many records")
    if step <= RECORD + SHORT:
        self._cast_short(id, form, number)
    else:
        self._cast_long(id, form, number)


@internal
def _cast_short(id: uint256, form: uint256, number: uint256):
    """
    @dev Counts a batch of ballots whose records have at most 96 bytes. Counts in memory; reads and writes
         each lane word once as long as the seats in it follow one another.
    @param id The question.
    @param form Its form and times.
    @param number How many records.
    """
    question: bytes32 = questions.hashes[id]
    domain: bytes32 = questions.DOMAIN
    roll: questions.Roll = questions.ROLL
    record: uint256 = (form >> 136) & questions.TIME
    options: uint256 = (form >> 8) & choices.BYTE
    least: uint256 = (form >> 16) & choices.BYTE
    encoding: uint256 = choices._encoding(form)
    is_index: bool = encoding == choices.INDEX
    has_points: bool = form & choices.BYTE >= choices.ORDINAL
    is_list: bool = encoding == choices.LIST and not has_points
    is_ranking: bool = encoding == choices.LIST and has_points
    length: uint256 = (form >> 32) & choices.BYTE
    choice_bits: uint256 = length << 3
    lane_bits: uint256 = choice_bits + 8
    choice_left: uint256 = 256 - choice_bits
    lane_mask: uint256 = (1 << lane_bits) - 1
    choice_mask: uint256 = lane_mask >> 8
    per_word: uint256 = 256 // lane_bits
    low_tops: uint256 = 0
    high_tops: uint256 = 0
    low_tops, high_tops = choices._tops(length)
    step: uint256 = RECORD + length
    # 96 bytes before the end of each record: the first is preceded by 100.
    at: uint256 = DATA - 96
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
    most: uint256 = (form >> 24) & choices.BYTE
    item_bits: uint256 = choices._item_bits(form)
    points_bits: uint256 = item_bits - 8
    points_mask: uint256 = ~(max_value(uint256) << points_bits)
    for i: uint256 in range(number, bound=MAX_RECORDS):
        at = unsafe_add(at, step)
        tail: uint256[3] = abi_decode(slice(msg.data, at, 96), uint256[3])
        ballot: uint256 = tail[0] & lane_mask
        seat: uint256 = (tail[0] >> lane_bits) & SEAT
        group: uint256 = unsafe_div(seat, per_word)
        if group != place:
            if word != stored:
                self.lanes[unsafe_add(base, place)] = word
            place = group
            word = self.lanes[unsafe_add(base, group)]
            stored = word
        down: uint256 = unsafe_mul(unsafe_sub(seat, unsafe_mul(group, per_word)), lane_bits)
        old: uint256 = (word >> down) & lane_mask
        sequence: uint256 = ballot >> choice_bits
        if unsafe_sub(unsafe_sub(sequence, old >> choice_bits), 1) < WINDOW:
            choice: uint256 = ballot & choice_mask
            mask: uint256 = 0
            if is_index:
                if choice <= options and choice >= least:
                    mask = 1 << choice | 1
            elif is_list and unsafe_sub(choice & choices.BYTE, 1) < options:
                # The list is full, so that the bits to expect are known.
                if choices._is_ascending(choice, low_tops, high_tops):
                    mask = choices._named(choice, length)
            elif is_ranking:
                mask = choices._ranking(choice, form)
            elif has_points:
                mask = choices._weighing(choice, form)
            else:
                mask = choices._mask(choice, form)
            s: uint256 = tail[2] & typed_data.S_MASK
            if mask != 0 and s <= typed_data.HALF_ORDER:
                key: uint256 = convert(
                    ecrecover(
                        keccak256(
                            concat(
                                typed_data.PREFIX,
                                domain,
                                keccak256(
                                    abi_encode(
                                        BALLOT_TYPE,
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
                key = key ^ staticcall roll.entry(seat)
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
                            for _: uint256 in range(most, bound=SHORT):
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
                                plus = counters._add(plus, carry, 3)
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
        self.lanes[unsafe_add(base, place)] = word
    if bit != 1:
        accepted.append(bits)
    self._log_cast(id, accepted)
    if has_points:
        tallies._apply_counts(id, options, counts)
        return
    if few:
        tallies.words[id * tallies.WORDS_EACH] = unsafe_add(tallies.words[id * tallies.WORDS_EACH], sum)
        return
    plus[0] = one
    plus[1] = two
    plus[2] = four
    plus = counters._add(plus, held_one, 0)
    plus = counters._add(plus, held_two, 1)
    plus = counters._add(plus, held_four, 2)
    tallies._apply(id, form, plus, minus)


@internal
def _cast_long(id: uint256, form: uint256, number: uint256):
    """
    @dev Counts a batch of ballots of any kind and length.
    @param id The question.
    @param form Its form and times.
    @param number How many records.
    """
    step: uint256 = RECORD + ((form >> 32) & choices.BYTE)
    accepted: DynArray[uint256, 4] = []
    bits: uint256 = 0
    plus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    minus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    for i: uint256 in range(number, bound=MAX_RECORDS):
        at: uint256 = DATA + i * step
        seat: uint256 = convert(slice(msg.data, at, 4), uint256)
        ballot: uint256[choices.LANE_WORDS] = self._read_lane(at + 4, form)
        old: uint256[choices.LANE_WORDS] = self._load_lane(id, seat, form)
        if unsafe_sub(unsafe_sub(ballot[0] >> 248, old[0] >> 248), 1) < WINDOW:
            mask: uint256 = choices._canonical(ballot, form)
            if mask != 0 and self._is_signed(id, form, seat, ballot, at + step - 64):
                self._store_lane(id, seat, form, ballot)
                bits |= 1 << (i & 255)
                if form & choices.BYTE >= choices.ORDINAL:
                    self._count_points(id, form, ballot, old)
                else:
                    plus = counters._add(plus, mask, 0)
                    if old[0] != 0:
                        minus = counters._add(minus, choices._canonical(old, form), 0)
        if i & 255 == 255:
            accepted.append(bits)
            bits = 0
    if number & 255 != 0:
        accepted.append(bits)
    self._log_cast(id, accepted)
    if form & choices.BYTE < choices.ORDINAL:
        tallies._apply(id, form, plus, minus)


@internal
def _log_cast(id: uint256, accepted: DynArray[uint256, 4]):
    """
    @dev Logs which records of a batch count; reverts if none does.
    @param id The question.
    @param accepted Bit i % 256 of word i / 256 for record i.
    """
    for bits: uint256 in accepted:
        if bits != 0:
            log Cast(id=id, accepted=accepted)
            return
    raise "ballots: nothing counts"


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
    length: uint256 = (form >> 32) & choices.BYTE
    reasons._require(form & choices.BYTE < choices.ORDINAL and length <= SHORT, "ballots: cast this kind")
    choice_bits: uint256 = length << 3
    lane_bits: uint256 = unsafe_add(choice_bits, 8)
    ballot: uint256 = head << 32 >> unsafe_sub(256, lane_bits)
    seat: uint256 = head >> 224
    reasons._require(head << unsafe_add(lane_bits, 32) == 0, "ballots: bytes behind the choice")
    per_word: uint256 = unsafe_div(256, lane_bits)
    group: uint256 = unsafe_div(seat, per_word)
    place: uint256 = unsafe_add(id << 48, group)
    down: uint256 = unsafe_mul(unsafe_sub(seat, unsafe_mul(group, per_word)), lane_bits)
    word: uint256 = self.lanes[place]
    old: uint256 = (word >> down) & ~(max_value(uint256) << lane_bits)
    sequence: uint256 = ballot >> choice_bits
    assert unsafe_sub(unsafe_sub(sequence, old >> choice_bits), 1) < WINDOW, "ballots: sequence"
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
                            BALLOT_TYPE,
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
    self.lanes[place] = word ^ ((old ^ ballot) << down)
    was: uint256 = 0
    if old != 0:
        was = choices._mask(old & ~(max_value(uint256) << choice_bits), form)
    if (form >> 8) & choices.BYTE < 8:
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


@internal
def _count_points(
    id: uint256, form: uint256, ballot: uint256[choices.LANE_WORDS], old: uint256[choices.LANE_WORDS]
):
    """
    @dev Counts one ballot with points.
    @param id The question.
    @param form Its form.
    @param ballot The lane of the ballot.
    @param old The lane that it replaces; zeros if there is none.
    """
    item_bits: uint256 = choices._item_bits(form)
    most: uint256 = (form >> 24) & choices.BYTE
    sign: uint256 = 1
    for lane: uint256[choices.LANE_WORDS] in [ballot, old]:
        if lane[0] != 0:
            tallies._change(id, 0, sign << 64)
            for i: uint256 in range(most, bound=choices.MAX_CHOICE):
                item: uint256 = choices._item(lane, i, item_bits)
                if item == 0:
                    break
                points: uint256 = most - i if item_bits == 8 else item & ((1 << (item_bits - 8)) - 1)
                tallies._change(id, item >> (item_bits - 8), unsafe_mul(sign, 1 << 64 | points))
        sign = max_value(uint256)


@internal
@view
def _is_signed(
    id: uint256, form: uint256, seat: uint256, ballot: uint256[choices.LANE_WORDS], at: uint256
) -> bool:
    """
    @dev Whether a ballot is signed by the key of its seat, and the seat may vote.
    @param id The question.
    @param form Its form and times.
    @param seat The seat.
    @param ballot Its lane.
    @param at Where the signature stands in the calldata.
    @return bool True if it counts.
    """
    tail: uint256[2] = abi_decode(slice(msg.data, at, 64), uint256[2])
    choice: bytes32 = keccak256(slice(abi_encode(ballot), 1, (form >> 32) & choices.BYTE))
    message: bytes32 = self._message(id, seat, ballot[0] >> 248, choice)
    signer: address = typed_data._signer(questions.DOMAIN, message, tail[0], tail[1])
    entry: uint256 = staticcall questions.ROLL.entry(seat)
    return (
        signer != empty(address)
        and convert(signer, uint256) == entry & questions.KEY_MASK
        and entry >> 160 <= (form >> 136) & questions.TIME
    )


@internal
@view
def _message(id: uint256, seat: uint256, sequence: uint256, choice: bytes32) -> bytes32:
    """
    @dev Hash of the EIP-712 struct that a ballot signs.
    @param id The question.
    @param seat The seat.
    @param sequence The ballot's sequence.
    @param choice Hash of its choice.
    @return bytes32 The hash.
    """
    return keccak256(abi_encode(BALLOT_TYPE, questions.hashes[id], seat, sequence, choice))


@internal
@view
def _read_lane(at: uint256, form: uint256) -> uint256[choices.LANE_WORDS]:
    """
    @dev Sequence and choice of a record.
    @param at Where they stand in the calldata; the signature behind them keeps the last read inside.
    @param form The question's form.
    @return uint256[LANE_WORDS] The lane from the left, zeros behind.
    """
    lane: uint256[choices.LANE_WORDS] = empty(uint256[choices.LANE_WORDS])
    length: uint256 = 1 + ((form >> 32) & choices.BYTE)
    words: uint256 = (length + 31) >> 5
    for j: uint256 in range(words, bound=choices.LANE_WORDS):
        lane[j] = convert(slice(msg.data, at + 32 * j, 32), uint256)
    excess: uint256 = 8 * (32 * words - length)
    lane[words - 1] = lane[words - 1] >> excess << excess
    return lane


@internal
@view
def _load_lane(id: uint256, seat: uint256, form: uint256) -> uint256[choices.LANE_WORDS]:
    """
    @dev The last ballot of a seat.
    @param id The question.
    @param seat The seat.
    @param form The question's form.
    @return uint256[LANE_WORDS] Its lane from the left, zeros behind.
    """
    lane: uint256[choices.LANE_WORDS] = empty(uint256[choices.LANE_WORDS])
    length: uint256 = 1 + ((form >> 32) & choices.BYTE)
    if length <= 32:
        per_word: uint256 = 32 // length
        word: uint256 = self.lanes[(id << 48) + seat // per_word]
        lane[0] = word >> (8 * length * (seat % per_word)) << (256 - 8 * length)
        return lane
    words: uint256 = (length + 31) >> 5
    for j: uint256 in range(words, bound=choices.LANE_WORDS):
        lane[j] = self.lanes[(id << 48) + seat * words + j]
    return lane


@internal
def _store_lane(id: uint256, seat: uint256, form: uint256, lane: uint256[choices.LANE_WORDS]):
    """
    @dev Makes a ballot the last one of a seat.
    @param id The question.
    @param seat The seat.
    @param form The question's form; of a choice so long that no other seat shares the word.
    @param lane The ballot's lane from the left, zeros behind.
    """
    length: uint256 = 1 + ((form >> 32) & choices.BYTE)
    if length <= 32:
        self.lanes[(id << 48) + seat] = lane[0] >> (256 - 8 * length)
        return
    words: uint256 = (length + 31) >> 5
    for j: uint256 in range(words, bound=choices.LANE_WORDS):
        self.lanes[(id << 48) + seat * words + j] = lane[j]
