# pragma version ^0.4.0
"""
@title Membership
@license Apache-2.0
@notice One person, one share. A share cannot be sold, transferred, pledged or inherited; it stands while its member is
        active and ends with a recorded reason. A lost key is replaced by burning the share and issuing another. Of the
        person the ledger holds a commitment only.
@dev ERC-721 reads, ERC-5192 (locked for ever), ERC-5484. Two words a member, at slots that anyone can compute
     (docs/reference/formats.md, 6): by id at 2^64 + id, by key at 2^160 + key.
"""


from ethereum.ercs import IERC165
from ethereum.ercs import IERC721
from snekmate.tokens.interfaces import IERC721Metadata

from contracts.access import duties
from contracts.people import unmovable

implements: IERC165
implements: IERC721
implements: IERC721Metadata

exports: (
    unmovable.transferFrom,
    unmovable.safeTransferFrom,
    unmovable.approve,
    unmovable.setApprovalForAll,
    unmovable.isApprovedForAll,
)


# @dev How many documents Evidence has anchored; their ids count from 1.
interface Documents:
    def count() -> uint256: view


# @dev ERC-5192: emitted for every share when it is issued. `Unlocked` is never emitted.
event Locked:
    tokenId: uint256


# @dev ERC-5484. `burn_auth` is as `burnAuth` answers.
event Issued:
    issuer: indexed(address)
    owner: indexed(address)
    token_id: indexed(uint256)
    burn_auth: uint8


event Ended:
    id: indexed(uint256)
    reason: uint8


event Reissued:
    old: indexed(uint256)
    id: indexed(uint256)
    evidence: uint256


# @dev Why a share ended; 0: it has not.
RENOUNCED: constant(uint8) = 1
DECEASED: constant(uint8) = 2
INACTIVE: constant(uint8) = 3
REISSUED: constant(uint8) = 4
# @dev ERC-5484's `Both`: the registrar ends a share by rule, the member renounces hers.
BURN_AUTH: constant(uint8) = 2
# @dev ERC-165, ERC-721, its metadata, ERC-5192, ERC-5484.
INTERFACES: constant(bytes4[5]) = [0x01ffc9a7, 0x80ac58cd, 0x5b5e139f, 0xb45a3c0e, 0x0489b56f]
# @dev What a transaction's gas allows in one `admit`.
BATCH: constant(uint256) = 256
UINT40: constant(uint256) = 2**40 - 1
UINT160: constant(uint256) = 2**160 - 1
UINT224: constant(uint256) = 2**224 - 1


PERMISSIONS: immutable(address)
EVIDENCE: immutable(address)


# @notice How many shares stand.
active: public(uint256)
# @notice How many shares were ever issued; the ids are 1 to this number.
issued: public(uint256)
# @dev Puts the next variable at slot 2^64.
gap_below_shares: uint256[2**64 - 2]
# @dev Shares by id: reason << 240 | ended << 200 | since << 160 | owner.
shares: uint256[2**32]
# @dev Puts the next variable at slot 2^160.
gap_below_keys: uint256[2**160 - 2**64 - 2**32]
# @dev What a key holds or has held: id << 224 | commitment.
keys: uint256[2**160]


@deploy
def __init__(permissions: address, evidence: address):
    """
    @notice Starts without members.
    @param permissions Says who is a registrar.
    @param evidence Where the document behind a reissue is anchored.
    """
    assert permissions != empty(address) and evidence != empty(address), "membership: zero address"
    PERMISSIONS = permissions
    EVIDENCE = evidence


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165.
    @param interface_id An interface's identifier.
    @return bool True for ERC-165, ERC-721 with metadata, ERC-5192 and ERC-5484.
    """
    return interface_id in INTERFACES


@external
@view
def name() -> String[25]:
    """
    @notice ERC-721 metadata.
    @return String Name of the token.
    """
    return "Member share"


@external
@view
def symbol() -> String[5]:
    """
    @notice ERC-721 metadata.
    @return String Symbol of the token.
    """
    return "SHARE"


@external
@view
def tokenURI(id: uint256) -> String[512]:
    """
    @notice ERC-721 metadata, whole in the URI: no server is asked.
    @param id A share that stands.
    @return String JSON with a name and nothing about the person.
    """
    self._standing(id)
    return concat("data:application/json,%7B%22name%22:%22Member%20share%20", uint2str(id), "%22%7D")


@external
@view
def balanceOf(owner: address) -> uint256:
    """
    @notice ERC-721.
    @param owner Not zero.
    @return uint256 1 for a member, 0 for anybody else.
    """
    assert owner != empty(address), "membership: zero address"
    return 1 if self._id_of(owner) != 0 else 0


@external
@view
def ownerOf(id: uint256) -> address:
    """
    @notice ERC-721.
    @param id A share that stands.
    @return address Its member's key.
    """
    return convert(self._standing(id) & UINT160, address)


@external
@view
def getApproved(id: uint256) -> address:
    """
    @notice ERC-721: nobody is ever approved.
    @param id A share that stands.
    @return address Zero.
    """
    self._standing(id)
    return empty(address)


@external
@view
def locked(id: uint256) -> bool:
    """
    @notice ERC-5192: every share is locked for ever.
    @param id A share that stands.
    @return bool True.
    """
    self._standing(id)
    return True


@external
@view
def burnAuth(id: uint256) -> uint8:
    """
    @notice ERC-5484: who may end a share.
    @param id A share that stands.
    @return uint8 2, both: the registrar by rule (`end`, `reissue`), the member by `renounce`.
    """
    self._standing(id)
    return BURN_AUTH


@external
@view
def id_of(owner: address) -> uint256:
    """
    @notice The share that a key holds.
    @param owner Any address.
    @return uint256 Its id; 0 if the key holds none, or none any more.
    """
    return self._id_of(owner)


@external
@view
def member(id: uint256) -> (address, uint64, uint64, uint8, bytes28):
    """
    @notice A share, standing or ended.
    @param id From 1 to `issued`; reverts on any other.
    @return address The key it was issued to.
    @return uint64 Time of issue.
    @return uint64 Time of its end, 0 while it stands.
    @return uint8 1 renounced, 2 deceased, 3 inactive, 4 reissued to another key; 0 while it stands.
    @return bytes28 Commitment to the person; zero if it has moved to another share.
    """
    word: uint256 = self._word(id)
    return (
        convert(word & UINT160, address),
        convert((word >> 160) & UINT40, uint64),
        convert((word >> 200) & UINT40, uint64),
        convert(word >> 240, uint8),
        convert(convert(self.keys[word & UINT160] & UINT224, uint224), bytes28),
    )


@external
def admit(owners: DynArray[address, BATCH], commitments: DynArray[bytes28, BATCH]):
    """
    @notice Issues one share to each new member. Only a registrar.
    @dev That no commitment stands twice is the registrar's statement, which anyone checks against the storage: a
         commitment is salted, so a registrar who wants to admit somebody twice only has to salt twice, and a third
         word for each member would buy nothing.
    @param owners The members' keys: none that holds or ever held a share.
    @param commitments To the persons, in the same order; not zero.
    """
    duties._require(PERMISSIONS, duties.REGISTRAR)
    number: uint256 = len(owners)
    assert number != 0, "membership: nobody to admit"
    assert number == len(commitments), "membership: a commitment for each owner"
    id: uint256 = self.issued
    for i: uint256 in range(number, bound=BATCH):
        id += 1
        assert commitments[i] != empty(bytes28), "membership: empty commitment"
        self._issue(id, owners[i], convert(convert(commitments[i], uint224), uint256))
    self.issued = id
    self.active += number


@external
def end(id: uint256, reason: uint8):
    """
    @notice Ends a share by rule. Only a registrar.
    @param id A share that stands.
    @param reason 2 deceased, 3 inactive. Only the member herself renounces.
    """
    duties._require(PERMISSIONS, duties.REGISTRAR)
    assert reason == DECEASED or reason == INACTIVE, "membership: no reason of a registrar"
    self._end(id, reason)


@external
def renounce():
    """
    @notice Gives up one's own share. Only the key that holds it.
    """
    id: uint256 = self._id_of(msg.sender)
    assert id != 0, "membership: no share stands"
    self._end(id, RENOUNCED)


@external
def reissue(id: uint256, owner: address, evidence: uint256):
    """
    @notice Replaces a lost key: burns the share and issues another, with the same commitment. Only a registrar.
    @param id A share that stands.
    @param owner The new key: none that holds or ever held a share.
    @param evidence Number in Evidence of the attestation.
    """
    duties._require(PERMISSIONS, duties.REGISTRAR)
    assert evidence != 0 and evidence <= staticcall Documents(EVIDENCE).count(), "membership: no such evidence"
    place: uint256 = self._standing(id) & UINT160
    commitment: uint256 = self.keys[place] & UINT224
    self._end(id, REISSUED)
    self.keys[place] = id << 224
    new: uint256 = self.issued + 1
    self.issued = new
    self.active += 1
    self._issue(new, owner, commitment)
    log Reissued(old=id, id=new, evidence=evidence)


@internal
@view
def _word(id: uint256) -> uint256:
    """
    @dev The word of a share; reverts on an id that was never issued.
    """
    assert id != 0 and id <= self.issued, "membership: no such share"
    return self.shares[id]


@internal
@view
def _standing(id: uint256) -> uint256:
    """
    @dev The word of a share that stands; reverts on any other.
    """
    word: uint256 = self._word(id)
    assert word >> 200 == 0, "membership: share has ended"
    return word


@internal
@view
def _id_of(owner: address) -> uint256:
    """
    @dev See `id_of`.
    """
    id: uint256 = self.keys[convert(owner, uint256)] >> 224
    return id if self.shares[id] >> 200 == 0 else 0


@internal
def _issue(id: uint256, owner: address, commitment: uint256):
    """
    @dev Writes a new share and emits what the ERCs ask for. The counters are the caller's.
    """
    place: uint256 = convert(owner, uint256)
    assert place != 0, "membership: zero address"
    assert self.keys[place] == 0, "membership: key used before"
    self.keys[place] = id << 224 | commitment
    self.shares[id] = block.timestamp << 160 | place
    log IERC721.Transfer(sender=empty(address), receiver=owner, token_id=id)
    log Locked(tokenId=id)
    log Issued(issuer=msg.sender, owner=owner, token_id=id, burn_auth=BURN_AUTH)


@internal
def _end(id: uint256, reason: uint8):
    """
    @dev Burns a share that stands. Its words stay, as the record.
    """
    word: uint256 = self._standing(id)
    self.shares[id] = word | block.timestamp << 200 | convert(reason, uint256) << 240
    self.active -= 1
    log IERC721.Transfer(sender=convert(word & UINT160, address), receiver=empty(address), token_id=id)
    log Ended(id=id, reason=reason)
