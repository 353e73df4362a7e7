# pragma version ^0.4.0
"""
@title Evidence
@license Apache-2.0
@notice Documents of the ledger by CID: who anchored each, for what purpose, and what it supports. A document may be
        withheld, with reason and authority, or lost; its entry stays, so that absence is visible.
"""


struct Document:
    cid: Bytes[36]
    author: address
    purpose: bytes32
    subject: bytes32
    status: uint8
    at: uint256


struct Note:
    authority: bytes32
    reason: String[128]


# @dev What Permissions answers about an account.
interface Permissions:
    def duty_of(account: address) -> (uint256, uint64): view


event Anchored:
    id: indexed(uint256)
    author: indexed(address)
    subject: indexed(bytes32)
    purpose: bytes32
    cid: Bytes[36]


event StatusSet:
    id: indexed(uint256)
    status: uint8
    authority: bytes32
    reason: String[128]


# @dev Status of a document.
AVAILABLE: constant(uint8) = 1
WITHHELD: constant(uint8) = 2
LOST: constant(uint8) = 3
# @dev First four bytes of a CID: version 1, raw or dag-pb, sha2-256 of 32 bytes.
RAW: constant(bytes4) = 0x01551220
DAG_PB: constant(bytes4) = 0x01701220


PERMISSIONS: immutable(address)


# @notice How many documents are anchored; their ids are 1 to this number.
count: public(uint256)
# @dev sha2-256 digests by id.
digests: HashMap[uint256, bytes32]
# @dev CID's first four bytes << 208 | status << 200 | time << 160 | author, by id.
words: HashMap[uint256, uint256]
# @dev Purposes by id.
purposes: HashMap[uint256, bytes32]
# @dev Subjects by id.
subjects: HashMap[uint256, bytes32]
# @dev Why the status is what it is, by id; empty until somebody sets it.
notes: HashMap[uint256, Note]


@deploy
def __init__(permissions: address):
    """
    @notice Starts without documents.
    @param permissions Says who holds a duty.
    """
    assert permissions != empty(address), "evidence: zero address"
    PERMISSIONS = permissions


@external
@view
def evidence(id: uint256) -> Document:
    """
    @notice A document's entry.
    @param id From 1 to `count`; reverts on any other.
    @return Document Its CID in bytes, author, purpose, subject, status (1 available, 2 withheld, 3 lost), and when it
            was anchored.
    """
    word: uint256 = self._word(id)
    return Document(
        cid=concat(convert(convert(word >> 208, uint32), bytes4), self.digests[id]),
        author=convert(word & (2**160 - 1), address),
        purpose=self.purposes[id],
        subject=self.subjects[id],
        status=convert((word >> 200) & 255, uint8),
        at=(word >> 160) & (2**40 - 1),
    )


@external
@view
def note(id: uint256) -> Note:
    """
    @notice Why a document's status is what it is.
    @param id From 1 to `count`; reverts on any other.
    @return Note Authority and reason as its author last gave them; empty if never.
    """
    self._word(id)
    return self.notes[id]


@external
def anchor(cid: Bytes[36], purpose: bytes32, subject: bytes32) -> uint256:
    """
    @notice Anchors a document. Anybody with a duty.
    @param cid CIDv1 in bytes: raw or dag-pb, sha2-256.
    @param purpose What the document is, ASCII, zero-padded on the right, for example "invoice"; not empty.
    @param subject What it supports, for example a question's hash; zero if it stands for itself.
    @return uint256 Its id.
    """
    mask: uint256 = 0
    quota: uint64 = 0
    mask, quota = staticcall Permissions(PERMISSIONS).duty_of(msg.sender)
    assert mask != 0, "evidence: caller holds no duty"
    assert len(cid) == 36, "evidence: not a CID of 36 bytes"
    prefix: bytes4 = convert(slice(cid, 0, 4), bytes4)
    assert prefix == RAW or prefix == DAG_PB, "evidence: not a CIDv1 with sha2-256"
    assert purpose != empty(bytes32), "evidence: no purpose"
    id: uint256 = self.count + 1
    self.count = id
    self.digests[id] = extract32(cid, 4)
    self.words[id] = (
        convert(prefix, uint256) << 208
        | convert(AVAILABLE, uint256) << 200
        | block.timestamp << 160
        | convert(msg.sender, uint256)
    )
    self.purposes[id] = purpose
    self.subjects[id] = subject
    log Anchored(id=id, author=msg.sender, subject=subject, purpose=purpose, cid=cid)
    return id


@external
def set_status(id: uint256, status: uint8, authority: bytes32, reason: String[128]):
    """
    @notice Says whether a document can be had. Only its author.
    @param id From 1 to `count`.
    @param status 1 available, 2 withheld, 3 lost.
    @param authority Who or what ordered it withheld, for example a question's hash; needed for status 2.
    @param reason In words; needed for status 2 and 3.
    """
    word: uint256 = self._word(id)
    assert convert(word & (2**160 - 1), address) == msg.sender, "evidence: caller is not the author"
    assert AVAILABLE <= status and status <= LOST, "evidence: unknown status"
    assert status == AVAILABLE or len(reason) != 0, "evidence: no reason"
    assert status != WITHHELD or authority != empty(bytes32), "evidence: withheld without authority"
    self.words[id] = (word & ~(255 << 200)) | convert(status, uint256) << 200
    self.notes[id] = Note(authority=authority, reason=reason)
    log StatusSet(id=id, status=status, authority=authority, reason=reason)


@internal
@view
def _word(id: uint256) -> uint256:
    """
    @dev The packed word of a document; reverts on an id that was never anchored.
    """
    assert id != 0 and id <= self.count, "evidence: no such document"
    return self.words[id]
