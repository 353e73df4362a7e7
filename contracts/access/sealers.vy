# pragma version ^0.4.0
"""
@title Sealers
@license Apache-2.0
@notice Who seals blocks: one sequencer, or validators under CometBFT. Changed by a passed ballot; or by a consensus act, which no
        ballot can carry out: a block of its own whose fee recipient is this contract, valid only under the rules that every
        node checks (docs/reference/formats.md, 7). Recovery keys name another sequencer when the one in office is silent;
        a validator that signed two blocks at one height loses its place.
@dev The words at the head of the storage are what light clients prove (docs/reference/formats.md, 6).
"""


from contracts.access import authority
from contracts.access import validators


uses: validators


event SealerSet:
    kind: uint8
    account: indexed(address)
    question: uint256


# @dev Power 0: removed.
event ValidatorSet:
    key: indexed(bytes32)
    power: uint64
    organisation: indexed(bytes32)
    endpoint: String[128]
    question: uint256


event Punished:
    key: indexed(bytes32)
    height: uint256


event RecoverySet:
    threshold: uint8
    silence: uint40
    keys: DynArray[address, 32]
    question: uint256


event TrustPeriodSet:
    period: uint40
    question: uint256


event DoubleSignSet:
    consequence: uint8
    question: uint256


struct Recovery:
    threshold: uint8
    silence: uint40
    keys: DynArray[address, 32]


struct Sealing:
    kind: uint8
    account: address
    recovery: Recovery
    trust_period: uint40
    double_sign: uint8


# @dev Kinds of a seal (docs/reference/formats.md, 8): by one sequencer, by validators.
SOLO: constant(uint8) = 1
COMETBFT: constant(uint8) = 2
# @dev Consequences of signing two blocks at one height.
NOTHING: constant(uint8) = 0
REMOVAL: constant(uint8) = 1
MAX_KEYS: constant(uint256) = 32
SEALERS_TAG: constant(bytes32) = keccak256("ortaq/sealers/1")
RECOVERY_TAG: constant(bytes32) = keccak256("ortaq/recovery/1")
PERSONNEL: constant(uint256) = authority.PERMISSION | authority.ENTRENCHED


DIRECTORY: immutable(address)


# @dev kind << 160 | account.
sealer_word: uint256
# @notice Hash of the sealer set in force (docs/reference/formats.md, 8).
sealers_hash: public(bytes32)
# @notice The block that gave `sealers_hash` its value; 0: the founding.
changed: public(uint256)
# @notice Hash of threshold, silence and recovery keys (docs/reference/formats.md, 8); zero without keys.
recovery_hash: public(bytes32)
# @notice Seconds for which an anchor may be trusted; 0: for ever.
trust_period: public(uint256)
# @notice What happens to a validator that signed two blocks at one height. 0: nothing, 1: it is removed.
double_sign: public(uint8)
# @dev Who may name another sequencer.
recovery_terms: Recovery
# @notice The greatest height for which a key was punished, so that nothing is punished twice.
punished: public(HashMap[bytes32, uint256])


@deploy
def __init__(directory: address, founding: Sealing):
    """
    @notice Takes who seals from the founding on.
    @param directory The Directory.
    @param founding Kind and account; recovery; trust period; consequence of signing twice.
    """
    DIRECTORY = directory
    self._set_recovery(founding.recovery, 0)
    self.trust_period = convert(founding.trust_period, uint256)
    self._set_double_sign(founding.double_sign, 0)
    self._set_sealer(founding.kind, founding.account, 0)


@external
@view
def sealer() -> address:
    """
    @notice Who seals blocks.
    @return address The sequencer's account; zero where validators seal.
    """
    return convert(self.sealer_word & (2**160 - 1), address)


@external
@view
def sealer_kind() -> uint8:
    """
    @notice How blocks are sealed.
    @return uint8 1: by one sequencer; 2: by validators.
    """
    return self._kind()


@external
@view
def recovery() -> Recovery:
    """
    @notice Who may name another sequencer, and when.
    @return Recovery How many keys it takes; seconds without a block; the keys, ascending. All zero: nobody may.
    """
    return self.recovery_terms


@external
@view
def is_capture_resistant() -> bool:
    """
    @notice Whether no single organisation can stop or rewrite this ledger.
    @return bool True where validators of four organisations or more seal, none with a third of the power or more.
    """
    return self._kind() == COMETBFT and validators._is_balanced()


@external
def set_sealer(kind: uint8, account: address):
    """
    @notice Changes who seals blocks, from the next block on. Only as the effect of a ballot of kind permission or
            entrenched.
    @param kind 1: one sequencer; 2: the validators, of which there must be one.
    @param account The sequencer; zero under kind 2.
    """
    question: uint256 = authority._require(DIRECTORY, PERSONNEL)
    self._set_sealer(kind, account, question)


@external
def add_validator(key: bytes32, power: uint64, organisation: bytes32, endpoint: String[128]):
    """
    @notice Adds a validator. Only as the effect of a ballot of kind permission or entrenched. From four organisations on
            it must leave none with a third of the power or more.
    @param key Its Ed25519 key.
    @param power Its power; not 0, all together below 2^60.
    @param organisation Who runs it; not zero.
    @param endpoint Where its peers dial it.
    """
    question: uint256 = authority._require(DIRECTORY, PERSONNEL)
    validators._add(validators.Validator(key=key, power=power, organisation=organisation, endpoint=endpoint))
    validators._require_balance()
    self._follow()
    log ValidatorSet(key=key, power=power, organisation=organisation, endpoint=endpoint, question=question)


@external
def set_validator(key: bytes32, power: uint64, organisation: bytes32, endpoint: String[128]):
    """
    @notice Changes what is known of a validator. Only as the effect of a ballot of kind permission or entrenched. Lowering is
            always possible; raising, or giving it to another organisation, only as adding is.
    @param key A validator's key.
    @param power Its power; not 0, all together below 2^60.
    @param organisation Who runs it; not zero.
    @param endpoint Where its peers dial it.
    """
    question: uint256 = authority._require(DIRECTORY, PERSONNEL)
    if validators._set(validators.Validator(key=key, power=power, organisation=organisation, endpoint=endpoint)):
        validators._require_balance()
    self._follow()
    log ValidatorSet(key=key, power=power, organisation=organisation, endpoint=endpoint, question=question)


@external
def remove_validator(key: bytes32):
    """
    @notice Removes a validator. Only as the effect of a ballot of kind permission or entrenched. Always possible, but for the
            last one while validators seal.
    @param key A validator's key.
    """
    question: uint256 = authority._require(DIRECTORY, PERSONNEL)
    self._remove(key, question)


@external
def set_recovery(threshold: uint8, silence: uint40, keys: DynArray[address, 32]):
    """
    @notice Changes who may name another sequencer. Only as the effect of an entrenched ballot.
    @param threshold How many of the keys it takes.
    @param silence Seconds since the last block from which on they may.
    @param keys Ascending, none zero; without keys, nobody may, and the others are 0.
    """
    question: uint256 = authority._require(DIRECTORY, authority.ENTRENCHED)
    self._set_recovery(Recovery(threshold=threshold, silence=silence, keys=keys), question)


@external
def set_trust_period(period: uint40):
    """
    @notice Changes for how long anchors that are issued from now on may be trusted. Only as the effect of an entrenched ballot.
    @param period Seconds; 0: for ever.
    """
    question: uint256 = authority._require(DIRECTORY, authority.ENTRENCHED)
    self.trust_period = convert(period, uint256)
    log TrustPeriodSet(period=period, question=question)


@external
def set_double_sign(consequence: uint8):
    """
    @notice Changes what happens to a validator that signed two blocks at one height. Only as the effect of an entrenched ballot.
    @param consequence 0: nothing; 1: it is removed.
    """
    question: uint256 = authority._require(DIRECTORY, authority.ENTRENCHED)
    self._set_double_sign(consequence, question)


@external
def succeed(account: address):
    """
    @notice Names another sequencer. A consensus act: valid only in a block that recovery keys sealed after the silence.
    @param account Not zero, and not the sequencer in office.
    """
    assert block.coinbase == self, "permissions: no consensus act"
    assert self._kind() == SOLO, "permissions: validators seal"
    assert self.recovery_hash != empty(bytes32), "permissions: no recovery keys"
    assert convert(account, uint256) | convert(SOLO, uint256) << 160 != self.sealer_word, "permissions: in office already"
    self._set_sealer(SOLO, account, 0)


@external
def punish(key: bytes32, height: uint256):
    """
    @notice Removes a validator that signed two blocks at one height. A consensus act: valid only in a block whose commit
            follows CometBFT's evidence of it.
    @param key The validator's key.
    @param height CometBFT's height of the two votes; above those for which the key was punished before.
    """
    assert block.coinbase == self, "permissions: no consensus act"
    assert self._kind() == COMETBFT, "permissions: one sequencer seals"
    assert self.double_sign == REMOVAL, "permissions: no punishment for this"
    assert height > self.punished[key], "permissions: punished already"
    self.punished[key] = height
    self._remove(key, 0)
    log Punished(key=key, height=height)


@internal
@view
def _kind() -> uint8:
    """
    @dev How blocks are sealed.
    """
    return convert(self.sealer_word >> 160, uint8)


@internal
def _set_sealer(kind: uint8, account: address, question: uint256):
    """
    @dev Changes who seals blocks.
    """
    assert kind == SOLO or kind == COMETBFT, "permissions: unknown kind of seal"
    if kind == SOLO:
        assert account != empty(address), "permissions: zero account"
    else:
        assert account == empty(address), "permissions: an account beside validators"
        assert len(validators.members) != 0, "permissions: no validators"
    self.sealer_word = convert(kind, uint256) << 160 | convert(account, uint256)
    self._follow()
    log SealerSet(kind=kind, account=account, question=question)


@internal
def _follow():
    """
    @dev Brings the hash of the sealers after a change of what it is made from.
    """
    words: DynArray[uint256, 402] = []
    if self._kind() == SOLO:
        words = [convert(SEALERS_TAG, uint256), convert(SOLO, uint256), self.sealer_word & (2**160 - 1), 1]
    else:
        words = validators._words(SEALERS_TAG, convert(COMETBFT, uint256))
    # Behind the offset and the length that an encoded list begins with.
    hashed: bytes32 = keccak256(slice(abi_encode(words), 64, 32 * len(words)))
    if hashed != self.sealers_hash:
        self.sealers_hash = hashed
        self.changed = block.number


@internal
def _remove(key: bytes32, question: uint256):
    """
    @dev Removes a validator, but for the last one while validators seal.
    """
    validators._remove(key)
    assert len(validators.members) != 0 or self._kind() == SOLO, "permissions: the last validator"
    self._follow()
    log ValidatorSet(key=key, power=0, organisation=empty(bytes32), endpoint="", question=question)


@internal
def _set_recovery(new: Recovery, question: uint256):
    """
    @dev Checks and stores who may name another sequencer.
    """
    count: uint256 = len(new.keys)
    hashed: bytes32 = empty(bytes32)
    if count == 0:
        assert new.threshold == 0 and new.silence == 0, "permissions: recovery without keys"
    else:
        assert new.threshold != 0 and convert(new.threshold, uint256) <= count, "permissions: threshold out of reach"
        assert new.silence != 0, "permissions: no silence"
        words: DynArray[uint256, 35] = [
            convert(RECOVERY_TAG, uint256), convert(new.threshold, uint256), convert(new.silence, uint256)
        ]
        last: uint256 = 0
        for key: address in new.keys:
            number: uint256 = convert(key, uint256)
            assert number > last, "permissions: recovery keys not ascending"
            words.append(number)
            last = number
        hashed = keccak256(slice(abi_encode(words), 64, 32 * len(words)))
    self.recovery_hash = hashed
    self.recovery_terms = new
    log RecoverySet(threshold=new.threshold, silence=new.silence, keys=new.keys, question=question)


@internal
def _set_double_sign(consequence: uint8, question: uint256):
    """
    @dev Changes the consequence.
    """
    assert consequence == NOTHING or consequence == REMOVAL, "permissions: unknown consequence"
    self.double_sign = consequence
    log DoubleSignSet(consequence=consequence, question=question)
