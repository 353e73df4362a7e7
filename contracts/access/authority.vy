# pragma version ^0.4.0
"""
@title Authority of a passed ballot
@license Apache-2.0
@notice How a contract learns that a call is the effect of a passed question: the caller is a version of Ballots that
        the Directory accepts, and that version is executing a question of a kind that may do this.
@dev Kinds are given as a mask, for example `authority.PARAMETER | authority.ENTRENCHED`. Costs two static calls.
"""


# @dev What a version of Ballots answers while it calls the effect of a passed question; zeros at any other time.
interface Executing:
    def executing() -> (uint256, uint8): view


# @dev What the Directory answers about a caller.
interface Authorities:
    def is_authority(account: address) -> bool: view


# @dev Masks of the effect kinds (docs/reference/formats.md, 4). Referendums have no effect, so no mask.
PARAMETER: constant(uint256) = 1 << 1
ENTRENCHED: constant(uint256) = 1 << 2
BUDGET: constant(uint256) = 1 << 3
PERMISSION: constant(uint256) = 1 << 4


@internal
@view
def _require(directory: address, kinds: uint256) -> uint256:
    """
    @dev Reverts unless this call is the effect of a passed question of one of the kinds.
    @param directory The Directory, which knows the versions of Ballots.
    @param kinds A mask of effect kinds.
    @return uint256 The question's id.
    """
    assert staticcall Authorities(directory).is_authority(msg.sender), "authority: not a ballot"
    return self._require_executing(kinds)


@internal
@view
def _require_executing(kinds: uint256) -> uint256:
    """
    @dev The second half of `_require`, for a caller that is known to be a version of Ballots.
    @param kinds A mask of effect kinds.
    @return uint256 The question's id.
    """
    question: uint256 = 0
    kind: uint8 = 0
    question, kind = staticcall Executing(msg.sender).executing()
    assert question != 0, "authority: no question in execution"
    assert (kinds >> kind) & 1 == 1, "authority: other kind of question"
    return question
