# pragma version ^0.4.0
"""
@title  Questions
@license Apache-2.0
@notice Opening, closing and carrying out questions; the part of Ballots that is about the question and not the ballots.
@dev    A question's hash binds everything a voter should know (docs/reference/formats.md, 4). Terms and electorate are
        copied when it opens, so that a later change of the constitution does not touch it. Ballots initializes this
        module first: the hash of question n stands at slot 2^64 + n, its word at 2^65 + n.
"""


from contracts.access import duties
from contracts.voting import typed_data


interface Constitution:
    def founding() -> bytes32: view
    def get(name: bytes32) -> uint256: view
    def terms(kind: uint8) -> Terms: view


interface Members:
    def active() -> uint256: view


interface Seats:
    def count() -> uint256: view
    def entry(seat: uint256) -> uint256: view


struct Terms:
    window_min: uint40
    window_max: uint40
    waiting: uint40
    quorum_numerator: uint16
    quorum_denominator: uint16
    majority_numerator: uint16
    majority_denominator: uint16
    majority_strict: bool


struct Form:
    kind: uint8
    options: uint8
    min_length: uint8
    max_length: uint8
    min_points: uint16
    max_points: uint16
    min_sum: uint32
    max_sum: uint32


struct Option:
    label: bytes32
    cost: uint256
    payee: bytes32


struct Proposal:
    text: bytes32
    form: Form
    secrecy: uint8
    effect_kind: uint8
    opens: uint40
    closes: uint40
    budget: bytes32
    effect: bytes32


struct Signature:
    seat: uint256
    r: bytes32
    vs: bytes32


# What is kept of a question beside its hash and word.
struct Record:
    text: bytes32
    options: bytes32
    budget: bytes32
    effect: bytes32
    secrecy: uint8
    effect_kind: uint8
    terms: Terms
    shares: uint256
    seats: uint256


struct Question:
    hash: bytes32
    form: uint256
    options: bytes32
    budget: bytes32
    effect: bytes32
    text: bytes32
    secrecy: uint8
    effect_kind: uint8
    waiting: uint40
    quorum_numerator: uint16
    quorum_denominator: uint16
    majority_numerator: uint16
    majority_denominator: uint16
    majority_strict: bool
    shares: uint256
    seats: uint256


struct Outcome:
    closed: bool
    turnout: uint256
    passed: bool
    executed: bool


event Opened:
    id: indexed(uint256)
    hash: indexed(bytes32)
    text: indexed(bytes32)
    opens: uint40
    closes: uint40


event Closed:
    id: indexed(uint256)
    turnout: uint256
    passed: bool


event Executed:
    id: indexed(uint256)
    target: indexed(address)


QUESTION_TAG: constant(bytes32) = keccak256("ortaq/question/1")
OPENING_TYPE: constant(bytes32) = keccak256("Opening(bytes32 proposal,uint256 id,uint32 seat)")
ROLL_MINIMUM: constant(bytes32) = 0x726f6c6c2e6d696e696d756d0000000000000000000000000000000000000000
OPENING_SIGNATURES: constant(bytes32) = 0x6f70656e696e672e7369676e6174757265730000000000000000000000000000
MAX_OPTIONS: constant(uint256) = 255
MAX_CHOICE: constant(uint256) = 255
MAX_SIGNATURES: constant(uint256) = 1024
MAX_CALLDATA: constant(uint256) = 32768
# Ballot kinds.
YES_NO: constant(uint8) = 1
CHOOSE_ONE: constant(uint8) = 2
APPROVAL: constant(uint8) = 3
ORDINAL: constant(uint8) = 4
CUMULATIVE: constant(uint8) = 5
SCORE: constant(uint8) = 6
# Effect kinds.
REFERENDUM: constant(uint8) = 0
BUDGET: constant(uint8) = 3
KINDS: constant(uint8) = 5

CONSTITUTION: immutable(Constitution)
PERMISSIONS: immutable(address)
MEMBERS: immutable(Members)
SEATS: immutable(Seats)
DOMAIN: immutable(bytes32)

# Number of questions; ids count from 1.
count: public(uint256)
# What is kept of each question.
records: HashMap[uint256, Record]
# What came of each question.
outcomes: HashMap[uint256, Outcome]
# The question whose effect is being carried out, zero at any other time.
in_execution: transient(uint256)
# Puts the next variable at slot 2^64.
gap: uint256[2**64 - 3]
# Question hashes by id.
hashes: bytes32[2**64]
# Form, record, opens and closes by id (docs/reference/formats.md, 4).
words: uint256[2**64]


@deploy
def __init__(constitution: address, permissions: address, membership: address, roll: address):
    """
    @notice Fix the contracts that questions are about.
    @param constitution Where the terms of a kind of effect stand.
    @param permissions  Who is a returning officer.
    @param membership   Whose active shares the quorum counts against.
    @param roll         Whose seats vote.
    """
    CONSTITUTION = Constitution(constitution)
    PERMISSIONS = permissions
    MEMBERS = Members(membership)
    SEATS = Seats(roll)
    DOMAIN = typed_data._domain()


@external
@view
def question(id: uint256) -> Question:
    """
    @notice Everything about a question but its ballots.
    @param id From 1.
    @return The question; reverts on an unknown id.
    """
    self._require_known(id)
    record: Record = self.records[id]
    return Question(
        hash=self.hashes[id],
        form=self.words[id],
        options=record.options,
        budget=record.budget,
        effect=record.effect,
        text=record.text,
        secrecy=record.secrecy,
        effect_kind=record.effect_kind,
        waiting=record.terms.waiting,
        quorum_numerator=record.terms.quorum_numerator,
        quorum_denominator=record.terms.quorum_denominator,
        majority_numerator=record.terms.majority_numerator,
        majority_denominator=record.terms.majority_denominator,
        majority_strict=record.terms.majority_strict,
        shares=record.shares,
        seats=record.seats,
    )


@external
@view
def outcome(id: uint256) -> Outcome:
    """
    @notice What came of a question.
    @param id From 1.
    @return All false and zero until it is closed; reverts on an unknown id.
    """
    self._require_known(id)
    return self.outcomes[id]


@external
@view
def executing() -> (uint256, uint8):
    """
    @notice The question whose effect is being carried out in this very call, for the contracts that it changes.
    @return Its id, zero if there is none.
    @return Its kind of effect.
    """
    if self.in_execution == 0:
        return (0, 0)
    return (self.in_execution, self.records[self.in_execution].effect_kind)


@external
def open(proposal: Proposal, options: DynArray[Option, MAX_OPTIONS]) -> uint256:
    """
    @notice Open a question. Only a returning officer may.
    @param proposal What is asked, until when, and to what effect.
    @param options  All options, in order; yes, no and abstain for kind 1.
    @return The question's id.
    """
    duties._require(PERMISSIONS, duties.RETURNING_OFFICER)
    return self._open(proposal, keccak256(abi_encode(options)), len(options))


@external
def open_by_seats(
    proposal: Proposal,
    options: DynArray[Option, MAX_OPTIONS],
    signatures: DynArray[Signature, MAX_SIGNATURES],
) -> uint256:
    """
    @notice Open a question without any officer, by the signatures of `opening.signatures` seats. Anyone may send it.
    @param proposal   What is asked, until when, and to what effect.
    @param options    All options, in order.
    @param signatures EIP-712 `Opening(bytes32 proposal,uint256 id,uint32 seat)` by seat, ascending. `proposal` is
                      keccak256(abi.encode(proposal, keccak256(abi.encode(options)))), `id` the next question's.
    @return The question's id.
    """
    needed: uint256 = staticcall CONSTITUTION.get(OPENING_SIGNATURES)
    assert len(signatures) >= needed, "ballots: too few signatures"
    hashed: bytes32 = keccak256(abi_encode(options))
    asked: bytes32 = keccak256(abi_encode(proposal, hashed))
    id: uint256 = self.count + 1
    next_seat: uint256 = 0
    for signature: Signature in signatures:
        assert signature.seat >= next_seat, "ballots: seats not ascending"
        next_seat = signature.seat + 1
        message: bytes32 = keccak256(abi_encode(OPENING_TYPE, asked, id, signature.seat))
        key: address = typed_data._signer(DOMAIN, message, signature.r, convert(signature.vs, uint256))
        entry: uint256 = staticcall SEATS.entry(signature.seat)
        assert key != empty(address) and convert(key, uint256) == entry & (2**160 - 1), "ballots: not the seat's signature"
    return self._open(proposal, hashed, len(options))


@external
def execute(id: uint256, target: address, data: Bytes[MAX_CALLDATA]):
    """
    @notice Carry out the effect of a passed question, once its waiting time is over. Anyone may, once.
    @param id     The question.
    @param target The contract that it changes.
    @param data   The call; target and call are those that the question's effect is the hash of.
    """
    self._require_known(id)
    came: Outcome = self.outcomes[id]
    assert came.closed, "ballots: not closed"
    assert came.passed, "ballots: not passed"
    assert not came.executed, "ballots: executed already"
    record: Record = self.records[id]
    assert record.effect == keccak256(abi_encode(target, data)), "ballots: not the effect of the question"
    due: uint256 = (self.words[id] >> 216) + convert(record.terms.waiting, uint256)
    assert block.timestamp >= due, "ballots: waiting time not over"
    assert self.in_execution == 0, "ballots: an effect within an effect"
    self.outcomes[id].executed = True
    self.in_execution = id
    raw_call(target, data)
    self.in_execution = 0
    log Executed(id=id, target=target)


@internal
@view
def _require_known(id: uint256):
    """
    @notice Revert on an id that no question has.
    @param id Any number.
    """
    assert id != 0 and id <= self.count, "ballots: unknown question"


@internal
def _open(proposal: Proposal, options: bytes32, number: uint256) -> uint256:
    """
    @notice Copy the terms, count the electorate, and hash everything that a ballot binds.
    @param proposal What is asked.
    @param options  Hash of the options.
    @param number   How many options there are.
    @return The question's id.
    """
    self._check_effect(proposal)
    assert number == convert(proposal.form.options, uint256), "ballots: options do not fit the form"
    terms: Terms = staticcall CONSTITUTION.terms(proposal.effect_kind)
    assert convert(proposal.opens, uint256) >= block.timestamp, "ballots: opens in the past"
    assert proposal.closes > proposal.opens, "ballots: closes before it opens"
    window: uint40 = proposal.closes - proposal.opens
    assert window >= terms.window_min and window <= terms.window_max, "ballots: window out of bounds"
    id: uint256 = self.count + 1
    form: uint256 = self._packed(proposal.form)
    hash: bytes32 = self._hash(id, proposal, options, form, terms)
    self.count = id
    self.hashes[id] = hash
    self.words[id] = (
        form
        | block.timestamp << 136
        | convert(proposal.opens, uint256) << 176
        | convert(proposal.closes, uint256) << 216
    )
    self.records[id] = Record(
        text=proposal.text,
        options=options,
        budget=proposal.budget,
        effect=proposal.effect,
        secrecy=proposal.secrecy,
        effect_kind=proposal.effect_kind,
        terms=terms,
        shares=staticcall MEMBERS.active(),
        seats=staticcall SEATS.count(),
    )
    log Opened(id=id, hash=hash, text=proposal.text, opens=proposal.opens, closes=proposal.closes)
    return id


@internal
@pure
def _check_effect(proposal: Proposal):
    """
    @notice Refuse effects that a ballot of this form or kind cannot decide on.
    @param proposal What is asked.
    """
    assert proposal.secrecy == 0, "ballots: only open ballots"
    assert proposal.text != empty(bytes32), "ballots: no text"
    assert proposal.effect_kind < KINDS, "ballots: unknown kind of effect"
    if proposal.budget != empty(bytes32):
        assert proposal.effect_kind == BUDGET, "ballots: budget of another kind of effect"
    if proposal.effect != empty(bytes32):
        assert proposal.effect_kind != REFERENDUM, "ballots: a referendum has no effect"
        decides: bool = proposal.form.kind == YES_NO or proposal.budget != empty(bytes32)
        assert decides, "ballots: only yes or no, or a budget, has an effect"


@internal
@view
def _hash(id: uint256, proposal: Proposal, options: bytes32, form: uint256, terms: Terms) -> bytes32:
    """
    @notice What a ballot signs as its question (docs/reference/formats.md, 4).
    @param id       The question's id.
    @param proposal What is asked.
    @param options  Hash of the options.
    @param form     The packed form.
    @param terms    The terms of its kind of effect.
    @return The hash.
    """
    return keccak256(
        abi_encode(
            QUESTION_TAG,
            staticcall CONSTITUTION.founding(),
            self,
            id,
            proposal.text,
            options,
            form,
            proposal.secrecy,
            proposal.effect_kind,
            block.timestamp,
            proposal.opens,
            proposal.closes,
            terms.quorum_numerator,
            terms.quorum_denominator,
            terms.majority_numerator,
            terms.majority_denominator,
            terms.majority_strict,
            terms.waiting,
            proposal.budget,
            proposal.effect,
        )
    )


@internal
@pure
def _packed(form: Form) -> uint256:
    """
    @notice Check a form and write it as one number.
    @param form Kind and limits of a ballot.
    @return The low 136 bits of the question's word.
    """
    assert form.kind >= YES_NO and form.kind <= SCORE, "ballots: unknown kind"
    assert form.options != 0, "ballots: no options"
    assert form.max_length != 0 and form.max_length <= form.options, "ballots: max_length out of bounds"
    assert form.min_length <= form.max_length, "ballots: min_length above max_length"
    if form.kind == YES_NO:
        assert form.options == 3, "ballots: yes, no and abstain are three options"
    if form.kind <= CHOOSE_ONE:
        assert form.max_length == 1, "ballots: one choice only"
    if form.kind >= CUMULATIVE:
        assert form.max_points != 0 and form.min_points <= form.max_points, "ballots: points out of bounds"
        assert form.max_sum != 0 and form.min_sum <= form.max_sum, "ballots: sum out of bounds"
    else:
        points: uint256 = convert(form.min_points, uint256) + convert(form.max_points, uint256)
        sums: uint256 = convert(form.min_sum, uint256) + convert(form.max_sum, uint256)
        assert points + sums == 0, "ballots: this kind carries no points"
    length: uint256 = self._choice_length(form)
    assert length <= MAX_CHOICE, "ballots: choice too long"
    return (
        convert(form.kind, uint256)
        | convert(form.options, uint256) << 8
        | convert(form.min_length, uint256) << 16
        | convert(form.max_length, uint256) << 24
        | length << 32
        | convert(form.min_points, uint256) << 40
        | convert(form.max_points, uint256) << 56
        | convert(form.min_sum, uint256) << 72
        | convert(form.max_sum, uint256) << 104
    )


@internal
@pure
def _choice_length(form: Form) -> uint256:
    """
    @notice Bytes of a choice of this form.
    @param form Kind and limits of a ballot.
    @return The length, which may be more than is allowed.
    """
    longest: uint256 = convert(form.max_length, uint256)
    if form.kind >= CUMULATIVE:
        if form.max_points < 256:
            return 2 * longest
        return 3 * longest
    if form.kind == APPROVAL:
        return min(longest, (convert(form.options, uint256) + 7) // 8)
    return longest


@internal
def _close(id: uint256, turnout: uint256, yes: uint256, no: uint256):
    """
    @notice Record what came of a question whose window is over.
    @param id      The question.
    @param turnout Seats whose ballots count.
    @param yes     Votes for option 1.
    @param no      Votes for option 2.
    """
    self._require_known(id)
    assert block.timestamp >= self.words[id] >> 216, "ballots: window not over"
    assert not self.outcomes[id].closed, "ballots: closed already"
    passed: bool = self._passes(self.records[id], self.words[id] & 255, turnout, yes, no)
    self.outcomes[id] = Outcome(closed=True, turnout=turnout, passed=passed, executed=False)
    log Closed(id=id, turnout=turnout, passed=passed)


@internal
@view
def _passes(record: Record, kind: uint256, turnout: uint256, yes: uint256, no: uint256) -> bool:
    """
    @notice Whether a question passes: enough seats, the quorum of active shares, and for yes or no the majority.
    @param record  The question.
    @param kind    Its kind of ballot.
    @param turnout Seats whose ballots count.
    @param yes     Votes for option 1.
    @param no      Votes for option 2.
    @return True if its effect may be carried out.
    """
    terms: Terms = record.terms
    if record.seats < staticcall CONSTITUTION.get(ROLL_MINIMUM):
        return False
    quorum: uint256 = record.shares * convert(terms.quorum_numerator, uint256)
    if turnout * convert(terms.quorum_denominator, uint256) < quorum:
        return False
    if kind != convert(YES_NO, uint256):
        return True
    needed: uint256 = (yes + no) * convert(terms.majority_numerator, uint256)
    reached: uint256 = yes * convert(terms.majority_denominator, uint256)
    return reached > needed or (reached == needed and not terms.majority_strict and yes != 0)
