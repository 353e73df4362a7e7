# pragma version ^0.4.0
"""
@title Roll
@license Apache-2.0
@notice Who may vote: a dense array of seats, each with a key and the time since when it has been that key's. The
        registrar fills empty seats only; a seat moves to another key only by the signature of its present one.
@dev The entry of a seat, since << 160 | key, stands in storage slot 2^64 + seat, where proofs find it.
"""


from contracts.access import duties
from contracts.voting import typed_data


# @dev What bounds the number of seats.
interface Membership:
    def active() -> uint256: view


event Filled:
    first: indexed(uint256)
    count: uint256


event Renewed:
    seat: indexed(uint256)
    key: address
    since: uint256


KEY_LENGTH: constant(uint256) = 20
MAX_KEYS: constant(uint256) = 1024
KEY_MASK: constant(uint256) = 2**160 - 1
RENEWAL_TYPE: constant(bytes32) = keccak256("Renewal(uint32 seat,uint256 since,address key)")


PERMISSIONS: immutable(address)
MEMBERSHIP: immutable(Membership)
DOMAIN: immutable(bytes32)


# @notice Number of seats on the roll; they are 0 to one less.
count: public(uint256)
# @dev Puts the next variable at slot 2^64.
gap_below_entries: uint256[2**64 - 1]
# @dev since << 160 | key, by seat.
entries: uint256[2**32]


@deploy
def __init__(permissions: address, membership: address):
    """
    @notice Fixes the contracts that the roll asks.
    @param permissions Says who is a registrar.
    @param membership Its active shares bound the number of seats.
    """
    PERMISSIONS = permissions
    MEMBERSHIP = Membership(membership)
    DOMAIN = typed_data._domain()


@external
@view
def entry(seat: uint256) -> uint256:
    """
    @notice The key of a seat and since when.
    @param seat Below 2^32.
    @return uint256 since << 160 | key; zero for a seat that was never filled.
    """
    return self.entries[seat]


@external
@view
def entries_from(first: uint256) -> uint256[32]:
    """
    @notice The entries of 32 neighbouring seats. One call and no loop: Ballots asks so for batches, to spend little gas.
    @param first The first of them; the last one is below 2^32.
    @return uint256[32] As `entry` gives them.
    """
    return [
        self.entries[first], self.entries[unsafe_add(first, 1)], self.entries[unsafe_add(first, 2)],
        self.entries[unsafe_add(first, 3)], self.entries[unsafe_add(first, 4)], self.entries[unsafe_add(first, 5)],
        self.entries[unsafe_add(first, 6)], self.entries[unsafe_add(first, 7)], self.entries[unsafe_add(first, 8)],
        self.entries[unsafe_add(first, 9)], self.entries[unsafe_add(first, 10)], self.entries[unsafe_add(first, 11)],
        self.entries[unsafe_add(first, 12)], self.entries[unsafe_add(first, 13)], self.entries[unsafe_add(first, 14)],
        self.entries[unsafe_add(first, 15)], self.entries[unsafe_add(first, 16)], self.entries[unsafe_add(first, 17)],
        self.entries[unsafe_add(first, 18)], self.entries[unsafe_add(first, 19)], self.entries[unsafe_add(first, 20)],
        self.entries[unsafe_add(first, 21)], self.entries[unsafe_add(first, 22)], self.entries[unsafe_add(first, 23)],
        self.entries[unsafe_add(first, 24)], self.entries[unsafe_add(first, 25)], self.entries[unsafe_add(first, 26)],
        self.entries[unsafe_add(first, 27)], self.entries[unsafe_add(first, 28)], self.entries[unsafe_add(first, 29)],
        self.entries[unsafe_add(first, 30)], self.entries[unsafe_add(first, 31)],
    ]


@external
def fill(keys: Bytes[KEY_LENGTH * MAX_KEYS]):
    """
    @notice Fills the next seats, since now. Registrars only; a filled seat is never overwritten here.
    @param keys 20 bytes a seat, one after another.
    """
    duties._require(PERMISSIONS, duties.REGISTRAR)
    number: uint256 = len(keys) // KEY_LENGTH
    assert number != 0 and number * KEY_LENGTH == len(keys), "roll: ragged keys"
    first: uint256 = self.count
    assert first + number <= staticcall MEMBERSHIP.active(), "roll: more seats than active shares"
    since: uint256 = block.timestamp << 160
    for i: uint256 in range(number, bound=MAX_KEYS):
        key: uint256 = convert(slice(keys, unsafe_mul(i, KEY_LENGTH), KEY_LENGTH), uint256)
        assert key != 0, "roll: zero key"
        self.entries[unsafe_add(first, i)] = since | key
    self.count = first + number
    log Filled(first=first, count=number)


@external
def renew(seat: uint256, key: address, signature: Bytes[64]):
    """
    @notice Gives a seat to another key, since now. Anyone may carry the old key's signature here.
    @param seat The seat.
    @param key Its new key.
    @param signature EIP-2098, of Renewal(seat, since, key) with the seat's present `since`, by its present key.
    """
    assert seat < self.count, "roll: no such seat"
    assert len(signature) == 64, "roll: bad signature"
    assert key != empty(address), "roll: zero key"
    old: uint256 = self.entries[seat]
    message: bytes32 = keccak256(abi_encode(RENEWAL_TYPE, seat, old >> 160, key))
    signer: address = typed_data._signer(
        DOMAIN,
        message,
        extract32(signature, 0, output_type=uint256),
        extract32(signature, 32, output_type=uint256),
    )
    assert signer != empty(address) and convert(signer, uint256) == old & KEY_MASK, "roll: bad signature"
    assert signer != key, "roll: same key"
    self.entries[seat] = block.timestamp << 160 | convert(key, uint256)
    log Renewed(seat=seat, key=key, since=block.timestamp)
