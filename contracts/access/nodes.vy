# pragma version ^0.4.0
"""
@title Nodes
@license Apache-2.0
@notice The identities of nodes that may take part in the traffic between validators: their own, and those of sentries that
        stand before them. Following the ledger needs no place here: the feed is open to all.
"""


from contracts.access import authority


event NodeAdmitted:
    id: indexed(bytes20)
    question: uint256


event NodeExcluded:
    id: indexed(bytes20)
    question: uint256


DIRECTORY: immutable(address)


# @dev The identities, in no order.
ids: DynArray[bytes20, 1024]
# @dev Place of an identity in `ids`, counted from 1; 0 if it is not there.
places: HashMap[bytes20, uint256]


@deploy
def __init__(directory: address, founding: DynArray[bytes20, 128]):
    """
    @notice Takes the founding identities.
    @param directory The Directory.
    @param founding Each once, none zero.
    """
    DIRECTORY = directory
    for id: bytes20 in founding:
        self._admit(id, 0)


@external
@view
def is_node(id: bytes20) -> bool:
    """
    @notice Whether a node may take part.
    @param id CometBFT's node id: the first 20 bytes of the SHA-256 of the node's Ed25519 key.
    @return bool True if it was admitted.
    """
    return self.places[id] != 0


@external
@view
def node_count() -> uint256:
    """
    @notice How many nodes may take part.
    @return uint256 `node_at` answers below this number.
    """
    return len(self.ids)


@external
@view
def node_at(index: uint256) -> bytes20:
    """
    @notice One of the identities.
    @param index From 0; reverts from `node_count()` on.
    @return bytes20 CometBFT's node id.
    """
    return self.ids[index]


@external
def admit_node(id: bytes20):
    """
    @notice Lets a node take part. Only as the effect of a ballot of kind permission or entrenched.
    @param id Not zero, not admitted.
    """
    question: uint256 = authority._require(DIRECTORY, authority.PERMISSION | authority.ENTRENCHED)
    self._admit(id, question)


@external
def exclude_node(id: bytes20):
    """
    @notice Keeps a node out. Only as the effect of a ballot of kind permission or entrenched.
    @param id One that was admitted.
    """
    question: uint256 = authority._require(DIRECTORY, authority.PERMISSION | authority.ENTRENCHED)
    place: uint256 = self.places[id]
    assert place != 0, "permissions: no such node"
    last: bytes20 = self.ids.pop()
    if last != id:
        self.ids[place - 1] = last
        self.places[last] = place
    self.places[id] = 0
    log NodeExcluded(id=id, question=question)


@internal
def _admit(id: bytes20, question: uint256):
    """
    @dev Lists an identity.
    """
    assert id != empty(bytes20), "permissions: zero node"
    assert self.places[id] == 0, "permissions: node listed already"
    self.ids.append(id)
    self.places[id] = len(self.ids)
    log NodeAdmitted(id=id, question=question)
