# pragma version ^0.4.0
"""
@title Ballots
@license Apache-2.0
@notice Open ballots: questions are opened, signed ballots are carried here by anybody, one or many at a time, and counted
        as they come; a later ballot of a seat replaces its earlier one; a passed question takes effect.
@dev Each seat's last ballot stands in a lane, several to a storage word where they fit (docs/reference/formats.md, 6).
     Model: ledger/voting/tally.py.
"""


from contracts.access import duties
from contracts.voting import batches
from contracts.voting import choices
from contracts.voting import forms
from contracts.voting import lanes
from contracts.voting import list_ballots
from contracts.voting import questions
from contracts.voting import reasons
from contracts.voting import short_ballots
from contracts.voting import tallies


initializes: questions
initializes: tallies
initializes: lanes
initializes: short_ballots[questions := questions, tallies := tallies, lanes := lanes]
initializes: list_ballots[questions := questions, tallies := tallies, lanes := lanes]


struct Outcome:
    closed: bool
    turnout: uint256
    passed: bool
    executed: bool


event Closed:
    id: indexed(uint256)
    turnout: uint256
    passed: bool


event Executed:
    id: indexed(uint256)
    target: address


MAX_EFFECT: constant(uint256) = 32768
MAX_WORDS: constant(uint256) = 512


LONG_BALLOTS: immutable(address)


# @dev By question.
outcomes: HashMap[uint256, Outcome]
# @dev The question whose effect is being called, and its kind.
current: transient(uint256)
current_kind: transient(uint8)


@deploy
def __init__(
    constitution: address, permissions: address, membership: address, roll: address, long_ballots: address
):
    """
    @notice Fixes the contracts that it asks.
    @param constitution Has the terms.
    @param permissions Says who is a returning officer.
    @param membership Its active shares are the electorate.
    @param roll Has the seats and their keys.
    @param long_ballots The part of this contract that counts long choices, founded before it with the same four.
    """
    # A call of an account without code would succeed and count nothing.
    assert long_ballots.is_contract, "ballots: no contract there"
    LONG_BALLOTS = long_ballots
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
    reasons._require(seat <= lanes.SEAT, "ballots: no such seat")
    words: uint256[choices.LANE_WORDS] = lanes._load(id, seat, form)
    return words[0] >> 248, slice(abi_encode(words), 1, (form >> 32) & forms.BYTE)


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
        words.append(lanes.words[(id << 48) + first + i])
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
    duties._require(questions.PERMISSIONS, duties.RETURNING_OFFICER)
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
def cast(id: uint256, records: Bytes[lanes.MAX_RECORDS * batches.MAX_RECORD]):
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
    short_ballots._vote(id, head, r, vs)


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
    reasons._require(
        block.timestamp >= (word >> 216) + convert(questions.records[id].terms.waiting, uint256), "ballots: still waiting"
    )
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
    step: uint256 = lanes.RECORD + ((form >> 32) & forms.BYTE)
    number: uint256 = length // step
    reasons._require(number * step == length, "ballots: ragged records")
    reasons._require(number <= lanes.MAX_RECORDS, "ballots: too many records")
    if step > lanes.RECORD + lanes.SHORT:
        # Its code works on the storage of this contract, and logs in its name.
        raw_call(LONG_BALLOTS, msg.data, is_delegate_call=True)
    elif form & forms.BYTE == forms.APPROVAL and forms._encoding(form) == forms.LIST:
        batches._log(id, list_ballots._cast(id, form, number))
    else:
        batches._log(id, short_ballots._cast(id, form, number))
