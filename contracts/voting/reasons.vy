# pragma version ^0.4.0
"""
@title Reasons
@license Apache-2.0
@notice Reverts with a reason from one place: an `assert` with a text takes 124 bytes of code, a call of this takes 71. For
        entries that are called seldom; it costs some 80 gas.
"""


@internal
@pure
def _require(is_so: bool, reason: String[40]):
    """
    @dev Reverts unless something is so.
    @param is_so What must be so.
    @param reason Why it reverts else.
    """
    assert is_so, reason
