# pragma version ^0.4.0
"""
@title Plan of equal shares
@license Apache-2.0
@notice Checks what a certificate says about one step of add1 before any ballot is read: that its rounds come in the
        order of the rule, and that it proves for every other project, in every round, that it came later or could not
        be paid. What is left to check is each line's sum over the voters.
@dev A line is cap << 16 | probe << 8 | option. A payment takes min(what a supporter has, cap) from each supporter; a
     probe only adds it up. Money is counted in grains of 2^-128 minor units.

     A rank is level << 136 | what decides ties, the level being payment / cost in multiples of 2^-64, rounded to the
     nearest. In each round the project with the lowest rank is bought. Purses only get emptier, so ranks only rise:
     the rounds' ranks rise, and a probe that shows a project's rank to be above a bound holds in all later rounds. A
     bound must therefore only be compared with the last round before the next one replaces it.
     Model: ledger/voting/equal_shares_check.py.
"""


MAX_OPTIONS: constant(uint256) = 255
MAX_LINES: constant(uint256) = 1024
BYTE: constant(uint256) = 255
# The cap of a line that asks for all that supporters have. No share reaches it.
ALL: constant(uint256) = 2**192 - 1
PLACE_BITS: constant(uint256) = 136
PAYMENT: constant(uint256) = 0
PROBE: constant(uint256) = 1
# Half a level is 2^-65, in grains 2^63 for each minor unit of the cost.
HALF_LEVEL_BITS: constant(uint256) = 63
# Half levels in a payment that is the whole cost.
HALF_LEVELS: constant(uint256) = 2**65


struct Projects:
    # Of all options; 0 where there is none, in minor units below 2^64.
    costs: DynArray[uint256, MAX_OPTIONS]
    votes: DynArray[uint256, MAX_OPTIONS]
    # Options that can be bought: bit i is option i + 1.
    candidates: uint256
    # Whether equal ranks go to the cheaper one first.
    is_cheaper_first: bool


@internal
@pure
def _bought(
    lines: DynArray[uint256, MAX_LINES], first: uint256, end: uint256, projects: Projects, is_complete: bool
) -> (uint256, uint256):
    """
    @notice Check the lines of one step. Reverts with what is wrong.
    @param lines All lines of the certificate.
    @param first Index of the step's first line.
    @param end Index behind its last one.
    @param projects What can be bought.
    @param is_complete Whether the lines must show that nothing more can be bought after the last round.
    @return The projects bought as a mask, and what they cost in minor units.
    """
    places: uint256[MAX_OPTIONS] = self._places(projects)
    bounds: uint256[MAX_OPTIONS] = self._first_bounds(projects, places)
    rank: uint256 = 0
    open: uint256 = projects.candidates
    bought: uint256 = 0
    spent: uint256 = 0
    for i: uint256 in range(first, end, bound=MAX_LINES):
        option: uint256 = lines[i] & BYTE
        kind: uint256 = (lines[i] >> 8) & BYTE
        cap: uint256 = lines[i] >> 16
        assert (open >> option) & 1 == 1, "equal shares: line of no open project"
        assert kind <= PROBE and cap <= ALL, "equal shares: bad line"
        assert bounds[option] > rank, "equal shares: project skipped"
        half_level: uint256 = projects.costs[option] << HALF_LEVEL_BITS
        if kind == PAYMENT:
            next: uint256 = (cap + half_level - 1) // half_level // 2 << PLACE_BITS | places[option]
            assert next > rank, "equal shares: rounds out of order"
            rank = next
            open ^= 1 << option
            bought |= 1 << option
            spent += projects.costs[option]
        elif cap == ALL:
            open ^= 1 << option
        else:
            bounds[option] = max(bounds[option], (cap // half_level + 1) // 2 << PLACE_BITS | places[option])
    if is_complete:
        assert open == 0, "equal shares: step not complete"
    else:
        for option: uint256 in range(len(projects.costs), bound=MAX_OPTIONS):
            if (open >> option) & 1 == 1:
                assert bounds[option] > rank, "equal shares: project skipped"
    return bought, spent


@internal
@pure
def _places(projects: Projects) -> uint256[MAX_OPTIONS]:
    """
    @notice What decides between projects of one level; the lower comes first.
    """
    places: uint256[MAX_OPTIONS] = empty(uint256[MAX_OPTIONS])
    for option: uint256 in range(len(projects.costs), bound=MAX_OPTIONS):
        places[option] = option
        if projects.is_cheaper_first:
            places[option] |= projects.costs[option] << 8
    return places


@internal
@pure
def _first_bounds(projects: Projects, places: uint256[MAX_OPTIONS]) -> uint256[MAX_OPTIONS]:
    """
    @notice The least rank that each project can ever have: if all who voted for it pay the same.
    """
    bounds: uint256[MAX_OPTIONS] = empty(uint256[MAX_OPTIONS])
    for option: uint256 in range(len(projects.costs), bound=MAX_OPTIONS):
        if (projects.candidates >> option) & 1 == 1:
            votes: uint256 = projects.votes[option]
            bounds[option] = (HALF_LEVELS + votes - 1) // votes // 2 << PLACE_BITS | places[option]
    return bounds
