# pragma version ^0.4.0
"""
@title Journal
@license Apache-2.0
@notice The books of the common money, in double entry. The lines of an entry add up to zero, so all accounts of a
        currency together hold zero after every transaction. Nothing is deleted: an entry is taken back by another one
        that names it.
@dev A record contract: it never moves, and only the Treasury version in force writes to it. The events alone are
     enough to rebuild every balance.
"""
from contracts.money import accounts


interface Directory:
    def resolve(name: bytes32) -> address: view


# One for each entry, before its lines.
event Entry:
    number: indexed(uint256)
    authority: indexed(bytes32)
    evidence: indexed(uint256)
    currency: bytes32
    purpose: bytes32
    reverses: uint256
    lines: uint256
    time: uint256


# One for each line, in order. `balance` is the account's after it.
event Line:
    entry: indexed(uint256)
    account: indexed(bytes32)
    kind: indexed(uint8)
    key: bytes32
    currency: bytes32
    amount: int256
    balance: int256


# "Treasury", as Directory writes names.
TREASURY: constant(bytes32) = 0x5472656173757279000000000000000000000000000000000000000000000000

DIRECTORY: immutable(address)

# Entries so far; the last one has this number.
entry_count: public(uint256)
# Currency -> account -> minor units.
balances: HashMap[bytes32, HashMap[bytes32, int256]]


@deploy
def __init__(directory: address):
    """
    @param directory The Directory that says which Treasury version is in force.
    """
    DIRECTORY = directory


@external
@view
def balance_of(currency: bytes32, account: bytes32) -> int256:
    """
    @notice What an account holds, in minor units; 0 for one that no line ever named.
    @param currency ASCII, zero-padded on the right.
    @param account As `account_id` gives it.
    """
    return self.balances[currency][account]


@external
@pure
def account_id(kind: uint8, key: bytes32) -> bytes32:
    """
    @notice The identifier of an account, keccak256(abi.encode(keccak256("ortaq/account/1"), kind, key)).
    """
    return accounts._id(kind, key)


@external
def post(heading: accounts.Heading, lines: DynArray[accounts.Line, accounts.MAX_LINES]) -> uint256:
    """
    @notice Write one entry. Only the Treasury version in force may.
    @dev Lines take effect in order; no ordinary account is below zero after any of them.
    @param heading What the entry is for, and by what authority.
    @param lines At least two, none of zero, adding up to zero.
    @return The entry's number, counted from 1.
    """
    assert msg.sender == staticcall Directory(DIRECTORY).resolve(TREASURY), "journal: not the treasury in force"
    assert heading.currency != empty(bytes32), "journal: no currency"
    assert len(lines) >= 2, "journal: fewer than two lines"
    number: uint256 = self.entry_count + 1
    assert heading.reverses < number, "journal: reverses an entry that is not there"
    self.entry_count = number
    log Entry(
        number=number,
        authority=heading.authority,
        evidence=heading.evidence,
        currency=heading.currency,
        purpose=heading.purpose,
        reverses=heading.reverses,
        lines=len(lines),
        time=block.timestamp,
    )
    total: int256 = 0
    for line: accounts.Line in lines:
        self._apply(number, heading.currency, line)
        total += line.amount
    assert total == 0, "journal: lines do not add up to 0"
    return number


@internal
def _apply(number: uint256, currency: bytes32, line: accounts.Line):
    """
    @notice Move one line's amount and tell of it.
    """
    assert line.kind % accounts.MAY_BE_NEGATIVE != 0, "journal: no such kind of account"
    assert line.amount != 0, "journal: line of 0"
    limit: int256 = convert(accounts.MAX_AMOUNT, int256)
    assert -limit <= line.amount and line.amount <= limit, "journal: amount over 2**127 - 1"
    account: bytes32 = accounts._id(line.kind, line.key)
    before: int256 = self.balances[currency][account]
    after: int256 = before + line.amount
    if after < 0 and line.kind < accounts.MAY_BE_NEGATIVE:
        taken: String[78] = uint2str(convert(-line.amount, uint256))
        held: String[78] = uint2str(convert(before, uint256))
        raise concat("journal: takes ", taken, " from an account that holds ", held)
    self.balances[currency][account] = after
    log Line(
        entry=number,
        account=account,
        kind=line.kind,
        key=line.key,
        currency=currency,
        amount=line.amount,
        balance=after,
    )
