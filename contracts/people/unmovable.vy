# pragma version ^0.4.0
"""
@title Unmovable token
@license Apache-2.0
@notice The entries of ERC-721 that move a token or let somebody else move it. Each of them reverts, whoever calls.
"""


@external
@view
def isApprovedForAll(owner: address, operator: address) -> bool:
    """
    @notice ERC-721: nobody is ever approved.
    @param owner Any address.
    @param operator Any address.
    @return bool False.
    """
    return False


@external
@payable
def transferFrom(owner: address, to: address, id: uint256):
    """
    @notice ERC-721: reverts always.
    @param owner Ignored.
    @param to Ignored.
    @param id Ignored.
    """
    raise "membership: shares never move"


@external
@payable
def safeTransferFrom(owner: address, to: address, id: uint256, data: Bytes[1024] = b""):
    """
    @notice ERC-721: reverts always, with and without data.
    @param owner Ignored.
    @param to Ignored.
    @param id Ignored.
    @param data Ignored.
    """
    raise "membership: shares never move"


@external
@payable
def approve(to: address, id: uint256):
    """
    @notice ERC-721: reverts always.
    @param to Ignored.
    @param id Ignored.
    """
    raise "membership: shares never move"


@external
def setApprovalForAll(operator: address, approved: bool):
    """
    @notice ERC-721: reverts always.
    @param operator Ignored.
    @param approved Ignored.
    """
    raise "membership: shares never move"
