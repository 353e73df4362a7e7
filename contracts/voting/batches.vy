# pragma version ^0.4.0
"""
@title Batches
@license Apache-2.0
@notice What the contract logs of a batch of ballots, whichever part of it has counted them.
"""


event Cast:
    id: indexed(uint256)
    accepted: DynArray[uint256, 4]


# @dev Bytes of the longest record.
MAX_RECORD: constant(uint256) = 324


@internal
def _log(id: uint256, accepted: DynArray[uint256, 4]):
    """
    @dev Logs which records of a batch count; reverts if none does.
    @param id The question.
    @param accepted Bit i % 256 of word i / 256 for record i.
    """
    for bits: uint256 in accepted:
        if bits != 0:
            log Cast(id=id, accepted=accepted)
            return
    raise "ballots: nothing counts"
