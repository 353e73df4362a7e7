# pragma version ^0.4.0
"""
@title Crowd
@license Apache-2.0
@notice Stands in for Membership where a test needs many seats and nobody in particular.
"""


@external
@pure
def active() -> uint256:
    """
    @notice As Membership answers.
    @return uint256 More active shares than any test has seats.
    """
    return 2**40
