# pragma version ^0.4.0
"""
@title Questions
@license Apache-2.0
@notice What people are asked: each question with its form, its times and the terms that the constitution had when it was
        opened. Nothing of it changes afterwards.
@dev The hash of a question, which every ballot signs, stands in slot 2^64 + id, form and times in slot 2^65 + id.
     Model: ledger/voting/question.py.
"""


from contracts.access import duties
from contracts.voting import forms
from contracts.voting import reasons
from contracts.voting import typed_data


# @dev What it asks of the Constitution.
interface Constitution:
    def founding() -> bytes32: view
    def get(name: bytes32) -> uint256: view
    def terms(kind: uint8) -> Terms: view


interface Membership:
    def active() -> uint256: view


interface Roll:
    def count() -> uint256: view
    def entry(seat: uint256) -> uint256: view
    def entries_from(first: uint256) -> uint256[32]: view


struct Terms:
    window_min: uint40
    window_max: uint40
    waiting: uint40
    quorum_numerator: uint16
    quorum_denominator: uint16
    majority_numerator: uint16
    majority_denominator: uint16
    majority_strict: bool


struct Option:
    label: bytes32
    cost: uint256
    payee: bytes32


struct Proposal:
    text: bytes32
    form: forms.Form
    secrecy: uint8
    effect_kind: uint8
    opens: uint40
    closes: uint40
    budget: bytes32
    effect: bytes32


# @dev What is stored of a question beside its hash and its form with times.
struct Record:
    options: bytes32
    budget: bytes32
    effect: bytes32
    text: bytes32
    effect_kind: uint8
    secrecy: uint8
    terms: Terms
    shares: uint256
    seats: uint256
    minimum: uint256


# @dev What the view says of a question.
struct Question:
    hash: bytes32
    form: uint256
    options: bytes32
    budget: bytes32
    effect: bytes32
    text: bytes32
    effect_kind: uint8
    secrecy: uint8
    waiting: uint40
    quorum_numerator: uint16
    quorum_denominator: uint16
    majority_numerator: uint16
    majority_denominator: uint16
    majority_strict: bool
    shares: uint256
    seats: uint256
    minimum: uint256


# @dev One seat's signature under a proposal, EIP-2098.
struct Signature:
    seat: uint256
    r: uint256
    vs: uint256


event Opened:
    id: indexed(uint256)
    hash: bytes32
    text: bytes32
    effect_kind: uint8
    opens: uint40
    closes: uint40


QUESTION_TAG: constant(bytes32) = keccak256("ortaq/question/1")
# @dev What every ballot signs.
BALLOT_TYPE: constant(bytes32) = keccak256("Ballot(bytes32 question,uint32 seat,uint16 sequence,bytes choice)")
OPENING_TYPE: constant(bytes32) = keccak256("Opening(bytes32 proposal,uint32 seat)")
# @dev "roll.minimum" and "opening.signatures".
ROLL_MINIMUM: constant(bytes32) = 0x726f6c6c2e6d696e696d756d0000000000000000000000000000000000000000
OPENING_SIGNATURES: constant(bytes32) = 0x6f70656e696e672e7369676e6174757265730000000000000000000000000000
MAX_OPTIONS: constant(uint256) = 255
MAX_OPENERS: constant(uint256) = 1024
BUDGET: constant(uint8) = 3
KEY_MASK: constant(uint256) = 2**160 - 1
TIME: constant(uint256) = 2**40 - 1


CONSTITUTION: immutable(Constitution)
PERMISSIONS: immutable(address)
MEMBERSHIP: immutable(Membership)
ROLL: immutable(Roll)
DOMAIN: immutable(bytes32)


# @dev Number of questions; their ids are 1 to this.
opened: uint256
# @dev By id.
records: HashMap[uint256, Record]
# @dev Proposals that seats have opened, each once.
proposed: HashMap[bytes32, bool]
# @dev Puts the next variable at slot 2^64.
gap_below_hashes: uint256[2**64 - 3]
# @dev By id.
hashes: bytes32[2**64]
# @dev form | record << 136 | opens << 176 | closes << 216, by id; ends at slot 2^66.
words: uint256[2**65]


@deploy
def __init__(constitution: address, permissions: address, membership: address, roll: address):
    """
    @notice Fixes the contracts that it asks.
    @param constitution Has the terms.
    @param permissions Says who is a returning officer.
    @param membership Its active shares are the electorate.
    @param roll Has the seats.
    """
    CONSTITUTION = Constitution(constitution)
    PERMISSIONS = permissions
    MEMBERSHIP = Membership(membership)
    ROLL = Roll(roll)
    DOMAIN = typed_data._domain()


@internal
def _open(proposal: Proposal, number: uint256, options: bytes32) -> uint256:
    """
    @dev Opens a question on the terms in force.
    @param proposal What is asked, and when.
    @param number How many options there are.
    @param options Hash of the options.
    @return uint256 Its id.
    """
    form: uint256 = forms._pack(proposal.form)
    reasons._require(number == (form >> 8) & forms.BYTE, "ballots: number of options")
    reasons._require(proposal.secrecy == 0, "ballots: unknown secrecy")
    self._require_lawful_effect(proposal)
    terms: Terms = staticcall CONSTITUTION.terms(proposal.effect_kind)
    opens: uint256 = convert(proposal.opens, uint256)
    closes: uint256 = convert(proposal.closes, uint256)
    reasons._require(opens >= block.timestamp, "ballots: opens in the past")
    reasons._require(closes >= opens + convert(terms.window_min, uint256), "ballots: window too short")
    reasons._require(closes <= opens + convert(terms.window_max, uint256), "ballots: window too long")
    id: uint256 = self.opened + 1
    record: Record = Record(
        options=options,
        budget=proposal.budget,
        effect=proposal.effect,
        text=proposal.text,
        effect_kind=proposal.effect_kind,
        secrecy=proposal.secrecy,
        terms=terms,
        shares=staticcall MEMBERSHIP.active(),
        seats=staticcall ROLL.count(),
        minimum=staticcall CONSTITUTION.get(ROLL_MINIMUM),
    )
    self.opened = id
    self.records[id] = record
    self.hashes[id] = self._hash(id, form, block.timestamp, opens, closes, record)
    self.words[id] = form | block.timestamp << 136 | opens << 176 | closes << 216
    log Opened(
        id=id,
        hash=self.hashes[id],
        text=proposal.text,
        effect_kind=proposal.effect_kind,
        opens=proposal.opens,
        closes=proposal.closes,
    )
    return id


@internal
def _open_by_seats(
    proposal: Proposal, number: uint256, options: bytes32, signatures: DynArray[Signature, MAX_OPENERS]
) -> uint256:
    """
    @dev Opens what enough seats have signed. A proposal opens once, so its signatures cannot be used again.
    @param proposal What is asked, and when.
    @param number How many options there are.
    @param options Hash of the options.
    @param signatures Of Opening(proposal, seat), ascending by seat.
    @return uint256 Its id.
    """
    proposed: bytes32 = keccak256(abi_encode(proposal, options))
    reasons._require(not self.proposed[proposed], "ballots: opened before")
    needed: uint256 = max(1, staticcall CONSTITUTION.get(OPENING_SIGNATURES))
    reasons._require(len(signatures) >= needed, "ballots: too few signatures")
    next: uint256 = 0
    for signature: Signature in signatures:
        reasons._require(signature.seat >= next, "ballots: seats not ascending")
        next = signature.seat + 1
        message: bytes32 = keccak256(abi_encode(OPENING_TYPE, proposed, signature.seat))
        signer: address = typed_data._signer(DOMAIN, message, signature.r, signature.vs)
        key: uint256 = (staticcall ROLL.entry(signature.seat)) & KEY_MASK
        reasons._require(
            signer != empty(address) and convert(signer, uint256) == key, "ballots: signature of an opener"
        )
    self.proposed[proposed] = True
    return self._open(proposal, number, options)


@internal
@pure
def _require_lawful_effect(proposal: Proposal):
    """
    @dev Only yes/no questions and questions with a budget have an effect; a referendum has none.
    @param proposal What is asked.
    """
    reasons._require(proposal.text != empty(bytes32), "ballots: no text")
    has_budget: bool = proposal.budget != empty(bytes32)
    is_yes_no: bool = convert(proposal.form.kind, uint256) == forms.YES_NO
    if has_budget:
        reasons._require(proposal.effect_kind == BUDGET and not is_yes_no, "ballots: budget of another kind")
    if proposal.effect != empty(bytes32):
        reasons._require(proposal.effect_kind != 0, "ballots: referendum with effect")
        reasons._require(has_budget or is_yes_no, "ballots: effect without budget or yes/no")


@internal
@view
def _hash(
    id: uint256, form: uint256, record_time: uint256, opens: uint256, closes: uint256, record: Record
) -> bytes32:
    """
    @dev What every ballot of a question signs (docs/reference/formats.md, 4).
    """
    return keccak256(
        abi_encode(
            QUESTION_TAG,
            staticcall CONSTITUTION.founding(),
            self,
            id,
            record.text,
            record.options,
            form,
            record.secrecy,
            record.effect_kind,
            record_time,
            opens,
            closes,
            record.terms.quorum_numerator,
            record.terms.quorum_denominator,
            record.terms.majority_numerator,
            record.terms.majority_denominator,
            record.terms.majority_strict,
            record.terms.waiting,
            record.budget,
            record.effect,
        )
    )


@internal
@view
def _word(id: uint256) -> uint256:
    """
    @dev Form and times of a question; reverts on an unknown one.
    """
    reasons._require(id != 0 and id <= self.opened, "ballots: unknown question")
    return self.words[id]


@internal
@view
def _require_open(word: uint256):
    """
    @dev Reverts unless ballots count now.
    @param word Form and times of a question; zero if there is none.
    """
    reasons._require(word != 0, "ballots: unknown question")
    reasons._require(block.timestamp >= (word >> 176) & TIME, "ballots: not open yet")
    reasons._require(block.timestamp < word >> 216, "ballots: closed")


@internal
@view
def _describe(id: uint256) -> Question:
    """
    @dev All that is stored of a question.
    @param id The question; reverts on an unknown one.
    @return Question Its fields.
    """
    word: uint256 = self._word(id)
    record: Record = self.records[id]
    return Question(
        hash=self.hashes[id],
        form=word,
        options=record.options,
        budget=record.budget,
        effect=record.effect,
        text=record.text,
        effect_kind=record.effect_kind,
        secrecy=record.secrecy,
        waiting=record.terms.waiting,
        quorum_numerator=record.terms.quorum_numerator,
        quorum_denominator=record.terms.quorum_denominator,
        majority_numerator=record.terms.majority_numerator,
        majority_denominator=record.terms.majority_denominator,
        majority_strict=record.terms.majority_strict,
        shares=record.shares,
        seats=record.seats,
        minimum=record.minimum,
    )


@internal
@view
def _passes(id: uint256, turnout: uint256, yes: uint256, no: uint256) -> bool:
    """
    @dev Whether a closed question binds. Fractions are multiplied crosswise, never divided.
    @param id The question.
    @param turnout Ballots that count.
    @param yes Votes of option 1.
    @param no Votes of option 2; both are used for yes/no questions only.
    @return bool True if roll, quorum and majority suffice. Model: ledger/voting/outcome.py.
    """
    if self.records[id].seats < self.records[id].minimum:
        return False
    terms: Terms = self.records[id].terms
    if turnout * convert(terms.quorum_denominator, uint256) < self.records[id].shares * convert(
        terms.quorum_numerator, uint256
    ):
        return False
    if self.words[id] & forms.BYTE != forms.YES_NO:
        return True
    has: uint256 = yes * convert(terms.majority_denominator, uint256)
    needs: uint256 = (yes + no) * convert(terms.majority_numerator, uint256)
    return yes != 0 and (has > needs or (has == needs and not terms.majority_strict))
