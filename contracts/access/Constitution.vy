# pragma version ^0.4.0
"""
@title Constitution
@license Apache-2.0
@notice The numbers that the ledger is governed by: parameters within bounds, and for each kind of effect the window,
        quorum, majority and waiting time. Each changes only by a passed ballot; what holds the others in place is
        entrenched. Nobody owns the Constitution.
@dev Parameters are those that a contract reads; a name that none reads is refused already at founding.
"""


from contracts.access import authority


struct Parameter:
    name: bytes32
    value: uint256
    lower: uint256
    upper: uint256
    entrenched: bool


struct Rule:
    value: uint256
    lower: uint256
    upper: uint256
    grade: uint256


struct Terms:
    window_min: uint40
    window_max: uint40
    waiting: uint40
    quorum_numerator: uint16
    quorum_denominator: uint16
    majority_numerator: uint16
    majority_denominator: uint16
    majority_strict: bool


event ParameterSet:
    name: indexed(bytes32)
    old: uint256
    value: uint256
    question: uint256


event TermsSet:
    kind: indexed(uint8)
    terms: Terms
    question: uint256


# @dev "roll.minimum": seats that a roll needs before any ballot binds (Ballots).
ROLL_MINIMUM: constant(bytes32) = 0x726f6c6c2e6d696e696d756d0000000000000000000000000000000000000000
# @dev "opening.signatures": seats that together open a question without an officer (Ballots).
OPENING_SIGNATURES: constant(bytes32) = 0x6f70656e696e672e7369676e6174757265730000000000000000000000000000
# @dev "equal_shares.challenge": seconds in which a certificate may be challenged (EqualShares).
EQUAL_SHARES_CHALLENGE: constant(bytes32) = 0x657175616c5f7368617265732e6368616c6c656e676500000000000000000000
PARAMETERS: constant(uint256) = 3
NAMES: constant(bytes32[PARAMETERS]) = [ROLL_MINIMUM, OPENING_SIGNATURES, EQUAL_SHARES_CHALLENGE]
# @dev How many kinds of effect have terms from founding on: referendum, parameter, entrenched, budget, permission.
KINDS: constant(uint8) = 5
# @dev Grades of a parameter; 0: unknown name.
ORDINARY: constant(uint256) = 1
ENTRENCHED: constant(uint256) = 2


DIRECTORY: immutable(address)
# @notice The founding hash (docs/reference/formats.md, 1).
founding: public(immutable(bytes32))
# @notice Whether block times are chosen and not taken from a clock.
simulated: public(immutable(bool))
# @notice Whether no real vote may be held here.
rehearsal: public(immutable(bool))


# @dev Parameters by name.
rules: HashMap[bytes32, Rule]
# @dev Packed terms by kind of effect, zero where there are none.
words: HashMap[uint8, uint256]


@deploy
def __init__(
    directory: address,
    founding_hash: bytes32,
    is_simulated: bool,
    is_rehearsal: bool,
    parameters: DynArray[Parameter, 16],
    terms: Terms[5],
):
    """
    @notice Takes the founding numbers; refuses what is missing, unknown or contradictory.
    @param directory The Directory.
    @param founding_hash The founding hash.
    @param is_simulated Whether block times are chosen; only in a rehearsal.
    @param is_rehearsal Whether no real vote may be held.
    @param parameters Every parameter, once.
    @param terms The terms of each kind of effect, by its number.
    """
    assert directory != empty(address), "constitution: zero directory"
    assert founding_hash != empty(bytes32), "constitution: empty founding hash"
    assert is_rehearsal or not is_simulated, "constitution: simulated without rehearsal"
    DIRECTORY = directory
    founding = founding_hash
    simulated = is_simulated
    rehearsal = is_rehearsal
    for parameter: Parameter in parameters:
        self._found(parameter)
    assert len(parameters) == PARAMETERS, "constitution: parameter missing"
    for kind: uint8 in range(KINDS):
        self._put_terms(kind, terms[kind])


@external
@view
def get(name: bytes32) -> uint256:
    """
    @notice The value of a parameter.
    @param name ASCII, zero-padded on the right.
    @return uint256 Its value; reverts on an unknown name.
    """
    self._grade(name)
    return self.rules[name].value


@external
@view
def bounds(name: bytes32) -> (uint256, uint256, bool):
    """
    @notice Between what a ballot may set a parameter, and which.
    @param name ASCII, zero-padded on the right; reverts on an unknown name.
    @return uint256 The least value.
    @return uint256 The greatest value.
    @return bool Whether only an entrenched ballot may set it.
    """
    grade: uint256 = self._grade(name)
    return (self.rules[name].lower, self.rules[name].upper, grade == ENTRENCHED)


@external
@pure
def names() -> bytes32[3]:
    """
    @notice The names of all parameters.
    @return bytes32[3] ASCII, zero-padded on the right.
    """
    return NAMES


@external
@view
def terms(kind: uint8) -> Terms:
    """
    @notice On what terms a question of one kind of effect is put and passes.
    @param kind The kind (docs/reference/formats.md, 4); reverts on one without terms.
    @return Terms Times in seconds; fractions as numerator and denominator.
    """
    word: uint256 = self.words[kind]
    assert word != 0, "constitution: kind without terms"
    return Terms(
        window_min=convert(word & (2**40 - 1), uint40),
        window_max=convert((word >> 40) & (2**40 - 1), uint40),
        waiting=convert((word >> 80) & (2**40 - 1), uint40),
        quorum_numerator=convert((word >> 120) & (2**16 - 1), uint16),
        quorum_denominator=convert((word >> 136) & (2**16 - 1), uint16),
        majority_numerator=convert((word >> 152) & (2**16 - 1), uint16),
        majority_denominator=convert((word >> 168) & (2**16 - 1), uint16),
        majority_strict=word >> 184 == 1,
    )


@external
def set(name: bytes32, new_value: uint256):
    """
    @notice Changes a parameter. Only as the effect of a ballot of kind parameter or entrenched; of kind entrenched alone
            where the parameter is.
    @param name ASCII, zero-padded on the right; reverts on an unknown name.
    @param new_value Its value from now on, within the bounds.
    """
    kinds: uint256 = authority.ENTRENCHED
    if self._grade(name) == ORDINARY:
        kinds |= authority.PARAMETER
    question: uint256 = authority._require(DIRECTORY, kinds)
    old: uint256 = self.rules[name].value
    self._put_value(name, new_value)
    log ParameterSet(name=name, old=old, value=new_value, question=question)


@external
def set_terms(kind: uint8, new_terms: Terms):
    """
    @notice Changes the terms of a kind of effect, or gives terms to a new kind. Only as the effect of an entrenched
            ballot. Questions that are open keep the terms that they were opened with.
    @param kind The kind.
    @param new_terms Its terms, consistent in themselves.
    """
    question: uint256 = authority._require(DIRECTORY, authority.ENTRENCHED)
    self._put_terms(kind, new_terms)
    log TermsSet(kind=kind, terms=new_terms, question=question)


@internal
@view
def _grade(name: bytes32) -> uint256:
    """
    @dev The grade of a parameter; reverts on an unknown name.
    """
    grade: uint256 = self.rules[name].grade
    assert grade != 0, "constitution: unknown parameter"
    return grade


@internal
def _found(parameter: Parameter):
    """
    @dev Takes a founding parameter.
    """
    assert parameter.name in NAMES, "constitution: unknown parameter"
    assert self.rules[parameter.name].grade == 0, "constitution: parameter twice"
    if parameter.name == OPENING_SIGNATURES:
        # Else a ballot could let anybody open questions.
        assert parameter.lower != 0, "constitution: questions without signatures"
    self.rules[parameter.name] = Rule(
        value=0,
        lower=parameter.lower,
        upper=parameter.upper,
        grade=ENTRENCHED if parameter.entrenched else ORDINARY,
    )
    self._put_value(parameter.name, parameter.value)


@internal
def _put_value(name: bytes32, new: uint256):
    """
    @dev Sets a known parameter within its bounds.
    """
    assert self.rules[name].lower <= new and new <= self.rules[name].upper, "constitution: out of bounds"
    self.rules[name].value = new


@internal
def _put_terms(kind: uint8, new: Terms):
    """
    @dev Checks terms and stores them in one word.
    """
    assert new.window_min != 0, "constitution: empty window"
    assert new.window_min <= new.window_max, "constitution: window_min above window_max"
    assert new.quorum_denominator != 0 and new.majority_denominator != 0, "constitution: zero denominator"
    assert new.quorum_numerator <= new.quorum_denominator, "constitution: quorum above 1"
    assert new.majority_numerator <= new.majority_denominator, "constitution: majority above 1"
    twice: uint256 = 2 * convert(new.majority_numerator, uint256)
    whole: uint256 = convert(new.majority_denominator, uint256)
    # With one half and no more, two opposite decisions could both pass; above the whole none could.
    assert twice > whole or (twice == whole and new.majority_strict), "constitution: majority of one half or less"
    assert twice < 2 * whole or not new.majority_strict, "constitution: majority out of reach"
    self.words[kind] = (
        convert(new.window_min, uint256)
        | convert(new.window_max, uint256) << 40
        | convert(new.waiting, uint256) << 80
        | convert(new.quorum_numerator, uint256) << 120
        | convert(new.quorum_denominator, uint256) << 136
        | convert(new.majority_numerator, uint256) << 152
        | whole << 168
        | convert(new.majority_strict, uint256) << 184
    )
