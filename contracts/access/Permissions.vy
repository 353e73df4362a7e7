# pragma version ^0.4.0
"""
@title Permissions
@license Apache-2.0
@notice Who has a narrow duty (registrar, relay, returning officer, treasurer, deployer) and how much gas a block it may
        use, which entries anybody may call because they authenticate themselves, who may seal blocks, and which nodes
        take part in the traffic between validators. Changed only by a passed ballot; who seals also by a consensus
        act (sealers.vy). Nobody owns Permissions.
@dev Nodes read the words at fixed slots (docs/reference/formats.md, 6): sealers from 2^64 on, duties at 2^160 + account,
     entries at 2^192 + (account << 32 | selector).
"""


from contracts.access import authority
from contracts.access import duties as duty_masks
from contracts.access import nodes
from contracts.access import sealers
from contracts.access import validators


exports: (
    sealers.sealer,
    sealers.sealer_kind,
    sealers.sealers_hash,
    sealers.changed,
    sealers.recovery,
    sealers.recovery_hash,
    sealers.trust_period,
    sealers.double_sign,
    sealers.punished,
    sealers.is_capture_resistant,
    sealers.set_sealer,
    sealers.add_validator,
    sealers.set_validator,
    sealers.remove_validator,
    sealers.set_recovery,
    sealers.set_trust_period,
    sealers.set_double_sign,
    sealers.succeed,
    sealers.punish,
    validators.validator_count,
    validators.validator_at,
    validators.validator_of,
    validators.total_power,
    validators.organisation_count,
    validators.organisation_power,
    validators.is_balanced,
    nodes.is_node,
    nodes.node_count,
    nodes.node_at,
    nodes.admit_node,
    nodes.exclude_node,
)


struct Appointment:
    account: address
    mask: uint256
    quota: uint64


struct Entry:
    account: address
    selector: bytes4
    bound: uint64


event Appointed:
    account: indexed(address)
    mask: uint256
    quota: uint64
    question: uint256


event Dismissed:
    account: indexed(address)
    question: uint256


event EntryListed:
    account: indexed(address)
    selector: indexed(bytes4)
    bound: uint64
    question: uint256


UINT64: constant(uint256) = 2**64 - 1
# @dev Most gas that any transaction may ask for, so the most that a bound can mean.
TRANSACTION_GAS: constant(uint64) = 2**24


DIRECTORY: immutable(address)


# @notice The accounts that hold a duty, in no order.
accounts: public(DynArray[address, 2**16])
# @dev Place of an account in `accounts`, counted from 1; 0 if it holds no duty.
account_places: HashMap[address, uint256]
# @dev The entries that are listed, in no order: account << 32 | selector.
entry_keys: DynArray[uint256, 2**16]
# @dev Place of an entry in `entry_keys`, counted from 1; 0 if it is not listed.
entry_places: HashMap[uint256, uint256]
# @dev Puts the next variable at slot 2^64.
gap_below_sealer: uint256[2**64 - 2 * (2**16 + 1) - 2]
initializes: sealers[validators := validators]
initializes: validators
initializes: nodes
# @dev Puts the next variable at slot 2^160.
gap_below_duties: uint256[2**160 - 2**64 - 1273]
# @dev mask << 64 | quota, by account.
duties: uint256[2**160]
# @dev Puts the next variable at slot 2^192.
gap_below_entries: uint256[2**192 - 2**161]
# @dev Gas bound, by account << 32 | selector.
entries: uint256[2**192]


@deploy
def __init__(
    directory: address,
    appointments: DynArray[Appointment, 64],
    listed: DynArray[Entry, 64],
    sealing: sealers.Sealing,
    founding_validators: DynArray[validators.Validator, 64],
    founding_nodes: DynArray[bytes20, 128],
):
    """
    @notice Takes the founding duties, entries, sealers and nodes.
    @param directory The Directory.
    @param appointments Accounts with their duties, each once.
    @param listed Self-authenticating entries, each once.
    @param sealing How and by whom blocks are sealed, and what happens if they fail.
    @param founding_validators Validators, each key once; none where one sequencer seals.
    @param founding_nodes Identities that may take part in the traffic between validators, each once.
    """
    assert directory != empty(address), "permissions: zero directory"
    DIRECTORY = directory
    for appointment: Appointment in appointments:
        assert self.account_places[appointment.account] == 0, "permissions: appointed twice"
        self._appoint(appointment, 0)
    for entry: Entry in listed:
        assert entry.bound != 0, "permissions: no bound"
        assert self.entry_places[self._key(entry.account, entry.selector)] == 0, "permissions: listed twice"
        self._list(entry, 0)
    validators.__init__(founding_validators)
    sealers.__init__(directory, sealing)
    nodes.__init__(directory, founding_nodes)


@external
@view
def duty_of(account: address) -> (uint256, uint64):
    """
    @notice What an account may do.
    @param account Any address.
    @return uint256 Its duties, a mask; 0 for none.
    @return uint64 The gas that its transactions may ask for in one block.
    """
    word: uint256 = self.duties[convert(account, uint256)]
    return (word >> 64, convert(word & UINT64, uint64))


@external
@view
def holds(account: address, mask: uint256) -> bool:
    """
    @notice Whether an account holds all of some duties.
    @param account Any address.
    @param mask The duties; none at all are held by nobody.
    @return bool True if every bit of the mask is set.
    """
    return mask != 0 and (self.duties[convert(account, uint256)] >> 64) & mask == mask


@external
@view
def entry_bound(account: address, selector: bytes4) -> uint64:
    """
    @notice Whether anybody may call an entry, and with how much gas.
    @param account The contract.
    @param selector First four bytes of the call.
    @return uint64 Greatest gas limit of such a transaction; 0 if the entry is not self-authenticating.
    """
    return convert(self.entries[self._key(account, selector)], uint64)


@external
@view
def account_count() -> uint256:
    """
    @notice How many accounts hold a duty.
    @return uint256 Length of `accounts`.
    """
    return len(self.accounts)


@external
@view
def entry_count() -> uint256:
    """
    @notice How many entries are listed.
    @return uint256 `entry_at` answers below this number.
    """
    return len(self.entry_keys)


@external
@view
def entry_at(index: uint256) -> Entry:
    """
    @notice One of the listed entries.
    @param index From 0; reverts from `entry_count()` on.
    @return Entry Contract, selector and bound.
    """
    key: uint256 = self.entry_keys[index]
    return Entry(
        account=convert(key >> 32, address),
        selector=convert(convert(key & (2**32 - 1), uint32), bytes4),
        bound=convert(self.entries[key], uint64),
    )


@external
def appoint(account: address, mask: uint256, quota: uint64):
    """
    @notice Gives an account exactly these duties. Only as the effect of a ballot of kind permission or entrenched.
    @param account Not zero.
    @param mask One duty or more.
    @param quota Gas that its transactions may ask for in one block; not 0.
    """
    question: uint256 = authority._require(DIRECTORY, authority.PERMISSION | authority.ENTRENCHED)
    self._appoint(Appointment(account=account, mask=mask, quota=quota), question)


@external
def dismiss(account: address):
    """
    @notice Takes all duties from an account. Only as the effect of a ballot of kind permission or entrenched.
    @param account One that holds a duty.
    """
    question: uint256 = authority._require(DIRECTORY, authority.PERMISSION | authority.ENTRENCHED)
    place: uint256 = self.account_places[account]
    assert place != 0, "permissions: holds no duty"
    last: address = self.accounts.pop()
    if last != account:
        self.accounts[place - 1] = last
        self.account_places[last] = place
    self.account_places[account] = 0
    self.duties[convert(account, uint256)] = 0
    log Dismissed(account=account, question=question)


@external
def list_entry(account: address, selector: bytes4, bound: uint64):
    """
    @notice Lists a self-authenticating entry, changes its bound, or removes it. Only as the effect of an entrenched
            ballot.
    @param account The contract; not zero.
    @param selector First four bytes of the call.
    @param bound Greatest gas limit of such a transaction, at most 2^24; 0 removes.
    """
    question: uint256 = authority._require(DIRECTORY, authority.ENTRENCHED)
    entry: Entry = Entry(account=account, selector=selector, bound=bound)
    if bound == 0:
        self._unlist(entry, question)
    else:
        self._list(entry, question)


@internal
@pure
def _key(account: address, selector: bytes4) -> uint256:
    """
    @dev The place of an entry.
    """
    return convert(account, uint256) << 32 | convert(selector, uint256)


@internal
def _appoint(appointment: Appointment, question: uint256):
    """
    @dev Gives an account exactly these duties.
    """
    account: address = appointment.account
    assert account != empty(address), "permissions: zero account"
    assert appointment.mask != 0 and appointment.mask <= duty_masks.ALL, "permissions: unknown duty"
    assert appointment.quota != 0, "permissions: no quota"
    if self.account_places[account] == 0:
        self.accounts.append(account)
        self.account_places[account] = len(self.accounts)
    self.duties[convert(account, uint256)] = appointment.mask << 64 | convert(appointment.quota, uint256)
    log Appointed(account=account, mask=appointment.mask, quota=appointment.quota, question=question)


@internal
def _list(entry: Entry, question: uint256):
    """
    @dev Lists an entry, or changes its bound.
    """
    assert entry.account != empty(address), "permissions: zero account"
    assert entry.bound <= TRANSACTION_GAS, "permissions: bound over a transaction's gas"
    key: uint256 = self._key(entry.account, entry.selector)
    if self.entry_places[key] == 0:
        self.entry_keys.append(key)
        self.entry_places[key] = len(self.entry_keys)
    self.entries[key] = convert(entry.bound, uint256)
    log EntryListed(account=entry.account, selector=entry.selector, bound=entry.bound, question=question)


@internal
def _unlist(entry: Entry, question: uint256):
    """
    @dev Removes an entry.
    """
    key: uint256 = self._key(entry.account, entry.selector)
    place: uint256 = self.entry_places[key]
    assert place != 0, "permissions: not listed"
    last: uint256 = self.entry_keys.pop()
    if last != key:
        self.entry_keys[place - 1] = last
        self.entry_places[last] = place
    self.entry_places[key] = 0
    self.entries[key] = 0
    log EntryListed(account=entry.account, selector=entry.selector, bound=0, question=question)
