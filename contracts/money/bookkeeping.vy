# pragma version ^0.4.0
"""
@title Bookkeeping
@license Apache-2.0
@notice How Treasury writes to Journal and reads from it: one currency, entries of two lines or more.
"""
from contracts.money import accounts


interface Journal:
    def balance_of(currency: bytes32, account: bytes32) -> int256: view
    def post(heading: accounts.Heading, lines: DynArray[accounts.Line, accounts.MAX_LINES]) -> uint256: nonpayable


JOURNAL: immutable(address)
CURRENCY: immutable(bytes32)


@deploy
def __init__(journal: address, currency: bytes32):
    """
    @param journal The books.
    @param currency Of every amount: ASCII, zero-padded on the right.
    """
    assert currency != empty(bytes32), "treasury: no currency"
    JOURNAL = journal
    CURRENCY = currency


@external
@view
def currency() -> bytes32:
    """
    @notice The currency of all amounts here, which are in its minor units.
    @return ASCII, zero-padded on the right.
    """
    return CURRENCY


@internal
@pure
def _check_amount(amount: uint256):
    """
    @notice Refuse an amount of nothing, and one that no line can carry.
    """
    assert amount > 0, "treasury: amount of 0"
    assert amount <= accounts.MAX_AMOUNT, "treasury: amount over 2**127 - 1"


@internal
@view
def _held(kind: uint8, key: bytes32) -> uint256:
    """
    @notice Balance of an account that is never below zero.
    """
    return convert(staticcall Journal(JOURNAL).balance_of(CURRENCY, accounts._id(kind, key)), uint256)


@internal
@view
def _heading(authority: bytes32, purpose: bytes32, evidence: uint256) -> accounts.Heading:
    """
    @notice Heading of an entry that reverses none.
    """
    return accounts.Heading(
        currency=CURRENCY, authority=authority, purpose=purpose, evidence=evidence, reverses=0
    )


@internal
@pure
def _line(account: accounts.Account, amount: uint256) -> accounts.Line:
    """
    @notice A line that adds to an account.
    """
    return accounts.Line(kind=account.kind, key=account.key, amount=convert(amount, int256))


@internal
@pure
def _taking(account: accounts.Account, amount: uint256) -> accounts.Line:
    """
    @notice A line that takes from an account.
    """
    return accounts.Line(kind=account.kind, key=account.key, amount=-convert(amount, int256))


@internal
def _move(
    heading: accounts.Heading, giver: accounts.Account, taker: accounts.Account, amount: uint256
) -> uint256:
    """
    @notice Post an entry of two lines.
    @return The entry's number.
    """
    return self._post(heading, [self._taking(giver, amount), self._line(taker, amount)])


@internal
def _post(heading: accounts.Heading, lines: DynArray[accounts.Line, accounts.MAX_LINES]) -> uint256:
    """
    @notice Post an entry.
    @return The entry's number.
    """
    return extcall Journal(JOURNAL).post(heading, lines)
