# pragma version ^0.4.0
"""
@title Validators
@license Apache-2.0
@notice The validators of a ledger that CometBFT seals: key, power, the organisation that runs it, and where its peers
        dial it; and how the power is spread over organisations.
@dev Listed by consensus address (the first 20 bytes of the SHA-256 of the key), ascending, because that is the order in
     which a sealer set is hashed (docs/reference/formats.md, 8). Nothing here asks who calls.
"""


struct Validator:
    key: bytes32
    power: uint64
    organisation: bytes32
    endpoint: String[128]


# @dev What CometBFT can carry and a light client can check in one seal.
MAX_VALIDATORS: constant(uint256) = 200
# @dev The sum of all powers stays below; CometBFT's own limit is 2^63 / 8.
POWER_LIMIT: constant(uint256) = 2**60
# @dev From how many organisations on none may reach a third of the power.
ORGANISATIONS: constant(uint256) = 4


# @dev Consensus addresses, ascending.
members: DynArray[uint256, 200]
# @dev Validators by consensus address; power 0 where there is none.
validators: HashMap[uint256, Validator]
# @dev Sum of the powers.
total: uint256
# @dev Power by organisation.
powers: HashMap[bytes32, uint256]
# @dev How many organisations have power.
organisations: uint256


@deploy
def __init__(founding: DynArray[Validator, 64]):
    """
    @notice Takes the founding validators.
    @param founding Each key once, in any order; more follow by ballot, because code that creates a contract is short.
    """
    for validator: Validator in founding:
        self._add(validator)
    self._require_balance()


@external
@view
def validator_count() -> uint256:
    """
    @notice How many validators there are.
    @return uint256 `validator_at` answers below this number.
    """
    return len(self.members)


@external
@view
def validator_at(index: uint256) -> Validator:
    """
    @notice One of the validators, in ascending order of their consensus addresses.
    @param index From 0; reverts from `validator_count()` on.
    @return Validator Key, power, organisation, endpoint.
    """
    return self.validators[self.members[index]]


@external
@view
def validator_of(key: bytes32) -> Validator:
    """
    @notice The validator with a key.
    @param key An Ed25519 key.
    @return Validator All zero if there is none.
    """
    return self.validators[self._address(key)]


@external
@view
def total_power() -> uint256:
    """
    @notice The power of all validators together.
    @return uint256 Below 2^60.
    """
    return self.total


@external
@view
def organisation_count() -> uint256:
    """
    @notice How many organisations run validators.
    @return uint256 Those with power.
    """
    return self.organisations


@external
@view
def organisation_power(organisation: bytes32) -> uint256:
    """
    @notice The power of one organisation.
    @param organisation Its name.
    @return uint256 The sum over its validators, 0 if it has none.
    """
    return self.powers[organisation]


@external
@view
def is_balanced() -> bool:
    """
    @notice Whether the validators could seal without one organisation being able to stop them.
    @return bool True with four organisations or more, none with a third of the power or more.
    """
    return self._is_balanced()


@internal
@pure
def _address(key: bytes32) -> uint256:
    """
    @dev The consensus address of a key.
    """
    return convert(sha256(key), uint256) >> 96


@internal
@view
def _is_balanced() -> bool:
    """
    @dev Four organisations or more, and none with a third.
    """
    return self.organisations >= ORGANISATIONS and not self._has_third()


@internal
@view
def _has_third() -> bool:
    """
    @dev Whether some organisation holds a third of the power or more.
    """
    whole: uint256 = self.total
    for member: uint256 in self.members:
        if 3 * self.powers[self.validators[member].organisation] >= whole:
            return True
    return False


@internal
@view
def _require_balance():
    """
    @dev Reverts where four organisations or more leave one of them a third.
    """
    assert self.organisations < ORGANISATIONS or not self._has_third(), "permissions: an organisation with a third of the power"


@internal
@view
def _words(tag: bytes32, kind: uint256) -> DynArray[uint256, 402]:
    """
    @dev The words that a sealer set of these validators is hashed from.
    """
    words: DynArray[uint256, 402] = [convert(tag, uint256), kind]
    for member: uint256 in self.members:
        words.append(member)
        words.append(convert(self.validators[member].power, uint256))
    return words


@internal
def _add(validator: Validator):
    """
    @dev Lists a validator that is not listed.
    """
    assert validator.key != empty(bytes32), "permissions: zero key"
    account: uint256 = self._address(validator.key)
    assert self.validators[account].power == 0, "permissions: validator listed already"
    assert len(self.members) < MAX_VALIDATORS, "permissions: too many validators"
    self._put(account, validator)
    self._insert(account)


@internal
def _set(validator: Validator) -> bool:
    """
    @dev Replaces what is known of a validator; True if an organisation got power by it.
    """
    account: uint256 = self._address(validator.key)
    old: uint64 = self.validators[account].power
    home: bytes32 = self.validators[account].organisation
    assert old != 0, "permissions: no such validator"
    self._take(account)
    self._put(account, validator)
    return validator.power > old or validator.organisation != home


@internal
def _remove(key: bytes32):
    """
    @dev Removes a validator.
    """
    account: uint256 = self._address(key)
    assert self.validators[account].power != 0, "permissions: no such validator"
    self._take(account)
    self.validators[account] = empty(Validator)
    self._cut(account)


@internal
def _put(account: uint256, validator: Validator):
    """
    @dev Stores a validator and counts its power.
    """
    assert validator.power != 0, "permissions: no power"
    assert validator.organisation != empty(bytes32), "permissions: no organisation"
    power: uint256 = convert(validator.power, uint256)
    self.total += power
    assert self.total < POWER_LIMIT, "permissions: power over the limit"
    if self.powers[validator.organisation] == 0:
        self.organisations += 1
    self.powers[validator.organisation] += power
    self.validators[account] = validator


@internal
def _take(account: uint256):
    """
    @dev Takes a validator's power out of the sums.
    """
    organisation: bytes32 = self.validators[account].organisation
    power: uint256 = convert(self.validators[account].power, uint256)
    self.total -= power
    self.powers[organisation] -= power
    if self.powers[organisation] == 0:
        self.organisations -= 1


@internal
def _insert(account: uint256):
    """
    @dev Puts an address in its place.
    """
    place: uint256 = len(self.members)
    self.members.append(account)
    for _: uint256 in range(MAX_VALIDATORS):
        if place == 0:
            break
        before: uint256 = self.members[place - 1]
        if before < account:
            break
        self.members[place] = before
        place -= 1
    self.members[place] = account


@internal
def _cut(account: uint256):
    """
    @dev Takes an address out of the list; those behind it move up.
    """
    moved: uint256 = self.members.pop()
    place: uint256 = len(self.members)
    for _: uint256 in range(MAX_VALIDATORS):
        if moved == account:
            break
        place -= 1
        before: uint256 = self.members[place]
        self.members[place] = moved
        moved = before
