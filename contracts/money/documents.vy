# pragma version ^0.4.0
"""
@title Documents
@license Apache-2.0
@notice How Treasury makes sure that a movement has a document that anybody can fetch.
"""


interface Evidence:
    def evidence(id: uint256) -> Document: view


struct Document:
    cid: Bytes[36]
    author: address
    purpose: bytes32
    subject: bytes32
    status: uint8
    at: uint256


# The status in Evidence.
AVAILABLE: constant(uint8) = 1

EVIDENCE: immutable(address)


@deploy
def __init__(evidence: address):
    """
    @param evidence Where documents are anchored.
    """
    EVIDENCE = evidence


@internal
@view
def _require(id: uint256) -> bytes32:
    """
    @notice Refuse a document that is withheld or lost; Evidence itself refuses one that is not anchored.
    @param id Its number in Evidence.
    @return Hash of its CID: the same document anchored twice has the same.
    """
    document: Document = staticcall Evidence(EVIDENCE).evidence(id)
    assert document.status == AVAILABLE, "treasury: evidence not available"
    return keccak256(document.cid)


@internal
@view
def _hash(id: uint256) -> bytes32:
    """
    @notice Hash of a document's CID, whatever became of the document since it was required.
    @param id Its number in Evidence.
    """
    return keccak256((staticcall Evidence(EVIDENCE).evidence(id)).cid)
