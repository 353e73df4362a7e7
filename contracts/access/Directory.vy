# pragma version ^0.4.0
"""
@title Directory
@license Apache-2.0
@notice Names the contracts of the ledger and their versions. Contracts that hold records never move; a contract of rules
        gets a new version by an entrenched ballot, and the old one stays in authority for a stated grace, so that a
        question lives and ends in the version that opened it. Nobody owns the Directory.
@dev Each version's word stands at slot 2^64 + address (docs/reference/formats.md, 6), for storage proofs.
"""


from contracts.access import authority


struct Listing:
    name: bytes32
    number: uint8
    account: address


# @dev A version came into force. `replaced` is zero for the first version of a name.
event Installed:
    name: indexed(bytes32)
    account: indexed(address)
    version: uint256
    replaced: address
    until: uint64
    question: uint256


# @dev Numbers below hold records and never move; the number is the last byte of the founding address.
FIRST_RULE: constant(uint256) = 17
# @dev The contract whose versions may carry out what a ballot decided.
BALLOTS: constant(uint256) = 17
UINT64: constant(uint256) = 2**64 - 1


# @dev The numbers in use, in the order of their introduction.
numbers: DynArray[uint256, 256]
# @dev Number of a name, 0 if unknown.
number_of: public(HashMap[bytes32, uint256])
# @dev Name of a number.
names: HashMap[uint256, bytes32]
# @dev The version in force, by number.
current: HashMap[uint256, address]
# @dev Puts the next variable at slot 2^64.
gap: uint256[2**64 - 260]
# @dev Versions by address: number << 192 | version << 128 | from << 64 | until. Zero if unknown; until 0: in force.
versions: uint256[2**160]


@deploy
def __init__(listings: DynArray[Listing, 32]):
    """
    @notice Lists the founding contracts, each as version 1 of its name.
    @param listings Name, number and address of each; Ballots among them.
    """
    for listing: Listing in listings:
        self._introduce(listing.name, convert(listing.number, uint256), listing.account, 0)
    assert self.current[BALLOTS] != empty(address), "directory: no Ballots"


@external
@view
def resolve(name: bytes32) -> address:
    """
    @notice The version in force.
    @param name ASCII, zero-padded on the right.
    @return address Zero if no contract has this name.
    """
    return self.current[self.number_of[name]]


@external
@view
def version_of(account: address) -> (uint256, uint64, uint64):
    """
    @notice Which version an address is, and when.
    @param account Any address.
    @return uint256 The version's number, counted from 1 for each name; 0 if this is no contract of the ledger.
    @return uint64 In force from this time.
    @return uint64 In authority until before this time; 0 if in force.
    """
    word: uint256 = self._word(account)
    return ((word >> 128) & UINT64, convert((word >> 64) & UINT64, uint64), convert(word & UINT64, uint64))


@external
@view
def name_of(account: address) -> bytes32:
    """
    @notice The name that an address is or was a version of.
    @param account Any address.
    @return bytes32 Zero if this is no contract of the ledger.
    """
    return self.names[self._word(account) >> 192]


@external
@view
def is_authority(account: address) -> bool:
    """
    @notice Whether an address may carry out what a ballot decided.
    @param account Any address.
    @return bool True for a version of Ballots that is in force or not yet past its `until`.
    """
    return self._is_authority(account)


@external
@view
def count() -> uint256:
    """
    @notice How many names there are.
    @return uint256 Their number.
    """
    return len(self.numbers)


@external
@view
def at(index: uint256) -> (bytes32, uint256, address):
    """
    @notice One of the names, in the order of their introduction.
    @param index From 0; reverts from `count()` on.
    @return bytes32 The name.
    @return uint256 Its number.
    @return address The version in force.
    """
    number: uint256 = self.numbers[index]
    return (self.names[number], number, self.current[number])


@external
def install(name: bytes32, account: address, grace: uint64):
    """
    @notice Puts a new version of a rule contract in force. Only as the effect of an entrenched ballot.
    @param name A name in use, of a contract that holds no records.
    @param account The new version; has code, and never was a version of anything.
    @param grace Seconds for which the old version keeps its authority, so that its questions can end.
    """
    question: uint256 = self._require_ballot()
    number: uint256 = self.number_of[name]
    assert number != 0, "directory: unknown name"
    assert number >= FIRST_RULE, "directory: record contracts never move"
    assert account.is_contract, "directory: no code at this address"
    old: address = self.current[number]
    word: uint256 = self._word(old)
    until: uint64 = convert(block.timestamp, uint64) + grace
    self.versions[convert(old, uint256)] = word | convert(until, uint256)
    version: uint256 = ((word >> 128) & UINT64) + 1
    self._put(number, version, account)
    log Installed(name=name, account=account, version=version, replaced=old, until=until, question=question)


@external
def introduce(name: bytes32, number: uint8, account: address):
    """
    @notice Adds a rule contract under a new name, as its version 1. Only as the effect of an entrenched ballot.
    @param name Not in use yet.
    @param number Not in use yet, from 17 on.
    @param account Has code, and never was a version of anything.
    """
    question: uint256 = self._require_ballot()
    assert convert(number, uint256) >= FIRST_RULE, "directory: number of a record contract"
    assert account.is_contract, "directory: no code at this address"
    self._introduce(name, convert(number, uint256), account, question)


@internal
@view
def _require_ballot() -> uint256:
    """
    @dev Reverts unless this call is the effect of an entrenched ballot.
    @return uint256 The question's id.
    """
    assert self._is_authority(msg.sender), "authority: not a ballot"
    return authority._require_executing(authority.ENTRENCHED)


@internal
@view
def _is_authority(account: address) -> bool:
    """
    @dev See `is_authority`.
    """
    word: uint256 = self._word(account)
    until: uint256 = word & UINT64
    return word >> 192 == BALLOTS and (until == 0 or block.timestamp < until)


@internal
@view
def _word(account: address) -> uint256:
    """
    @dev The word of a version, zero if unknown.
    """
    return self.versions[convert(account, uint256)]


@internal
def _introduce(name: bytes32, number: uint256, account: address, question: uint256):
    """
    @dev Lists version 1 of a new name.
    """
    assert name != empty(bytes32), "directory: empty name"
    assert number != 0, "directory: number 0"
    assert self.number_of[name] == 0, "directory: name in use"
    assert self.names[number] == empty(bytes32), "directory: number in use"
    self.numbers.append(number)
    self.number_of[name] = number
    self.names[number] = name
    self._put(number, 1, account)
    log Installed(name=name, account=account, version=1, replaced=empty(address), until=0, question=question)


@internal
def _put(number: uint256, version: uint256, account: address):
    """
    @dev Makes an address the version in force, from now on.
    """
    assert account != empty(address), "directory: zero address"
    assert self._word(account) == 0, "directory: already a version"
    self.current[number] = account
    self.versions[convert(account, uint256)] = number << 192 | version << 128 | block.timestamp << 64
