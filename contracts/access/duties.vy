# pragma version ^0.4.0
"""
@title Duties
@license Apache-2.0
@notice The narrow duties that Permissions hands out, as bits of a mask, and how a contract asks whether its caller
        holds one.
"""


# @dev What Permissions answers about an account.
interface Holders:
    def holds(account: address, mask: uint256) -> bool: view


REGISTRAR: constant(uint256) = 1 << 0
RELAY: constant(uint256) = 1 << 1
RETURNING_OFFICER: constant(uint256) = 1 << 2
TREASURER: constant(uint256) = 1 << 3
DEPLOYER: constant(uint256) = 1 << 4
# @dev All of them.
ALL: constant(uint256) = (1 << 5) - 1


@internal
@view
def _require(permissions: address, duty: uint256):
    """
    @dev Reverts unless the caller holds the duty.
    @param permissions The Permissions contract.
    @param duty One of the masks above.
    """
    assert staticcall Holders(permissions).holds(msg.sender, duty), "duties: caller lacks the duty"
