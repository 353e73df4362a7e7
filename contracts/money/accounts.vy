# pragma version ^0.4.0
"""
@title Accounts
@license Apache-2.0
@notice What Journal's accounts are called, and the lines that move money between them.
@dev An account is a kind and a key. A kind with the highest bit set may go below zero, because money enters the
     books through it; no other may. Journal never moves, so kinds unknown today must follow this rule too.
"""


struct Account:
    kind: uint8
    key: bytes32


struct Line:
    kind: uint8
    key: bytes32
    # In minor units; negative takes from the account, positive adds to it.
    amount: int256


struct Heading:
    # Currency of all lines of the entry: ASCII, zero-padded on the right.
    currency: bytes32
    # The question that allowed it: Ballots (20 bytes), then its id (12 bytes). Zero for income.
    authority: bytes32
    # Short ASCII text, zero-padded on the right; no personal data.
    purpose: bytes32
    # Number of the document in Evidence, zero where the authority is the document.
    evidence: uint256
    # Number of the earlier entry that this one takes back, or zero.
    reverses: uint256


# A fund's key is its name.
FUND: constant(uint8) = 1
# What a question has taken from its fund and not yet split among its winners. Key: the authority.
DECISION: constant(uint8) = 2
# The rest of an appropriation. Key: Treasury (20 bytes), then its number (12 bytes).
APPROPRIATION: constant(uint8) = 3
# Ordered and not yet settled. Key: Treasury (20 bytes), then the payment's number (12 bytes).
OBLIGATION: constant(uint8) = 4
# What a payee has been paid. Key: the payee.
PAYEE: constant(uint8) = 5
# Where income comes from. Key: the source.
SOURCE: constant(uint8) = 129

# The bit of the kinds that may go below zero.
MAY_BE_NEGATIVE: constant(uint8) = 128
# One amount stays far below what an int256 holds, so that no sum of amounts can overflow.
MAX_AMOUNT: constant(uint256) = 2**127 - 1
MAX_LINES: constant(uint256) = 128
TAG: constant(bytes32) = keccak256("ortaq/account/1")


@internal
@pure
def _id(kind: uint8, key: bytes32) -> bytes32:
    """
    @notice The one word that stands for an account in events and storage.
    @param kind One of the kinds above.
    @param key What the kind says.
    @return keccak256(abi.encode(TAG, kind, key)).
    """
    return keccak256(abi_encode(TAG, kind, key))


@internal
@pure
def _numbered(owner: address, number: uint256) -> bytes32:
    """
    @notice A key that no other version of a contract can have: its address, then its number.
    @param owner The contract that counts.
    @param number Its number, below 2**96.
    @return The address in the first 20 bytes, the number in the last 12.
    """
    assert number < 2**96, "accounts: number over 96 bits"
    return convert(convert(owner, uint256) << 96 | number, bytes32)
