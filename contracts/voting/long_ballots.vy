# pragma version ^0.4.0
"""
@title Long ballots
@license Apache-2.0
@notice Counts ballots of any kind and length; used for choices of 28 to 255 bytes, whose storage costs more than all else.
@dev Model: ledger/voting/tally.py.
"""


from contracts.voting import choices
from contracts.voting import counters
from contracts.voting import forms
from contracts.voting import lanes
from contracts.voting import questions
from contracts.voting import tallies
from contracts.voting import typed_data


uses: questions
uses: tallies
uses: lanes


@internal
def _cast(id: uint256, form: uint256, number: uint256) -> DynArray[uint256, 4]:
    """
    @dev Counts a batch of ballots of any kind and length.
    @param id The question.
    @param form Its form and times.
    @param number How many records.
    @return DynArray Bit i % 256 of word i / 256 is set if record i counts.
    """
    step: uint256 = lanes.RECORD + ((form >> 32) & forms.BYTE)
    # Not questions.DOMAIN: this code runs for another account (LongBallots.vy).
    domain: bytes32 = typed_data._domain()
    accepted: DynArray[uint256, 4] = []
    bits: uint256 = 0
    plus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    minus: uint256[counters.PLANES] = empty(uint256[counters.PLANES])
    for i: uint256 in range(number, bound=lanes.MAX_RECORDS):
        at: uint256 = lanes.RECORDS_AT + i * step
        seat: uint256 = convert(slice(msg.data, at, 4), uint256)
        ballot: uint256[choices.LANE_WORDS] = lanes._read(at + 4, form)
        old: uint256[choices.LANE_WORDS] = lanes._load(id, seat, form)
        if unsafe_sub(unsafe_sub(ballot[0] >> 248, old[0] >> 248), 1) < lanes.WINDOW:
            mask: uint256 = choices._canonical(ballot, form)
            if mask != 0 and self._is_signed(id, form, domain, seat, ballot, at + step - 64):
                lanes._store(id, seat, form, ballot)
                bits |= 1 << (i & 255)
                if form & forms.BYTE >= forms.ORDINAL:
                    self._count_points(id, form, ballot, old)
                else:
                    plus = counters._add(plus, mask, 0)
                    if old[0] != 0:
                        minus = counters._add(minus, choices._canonical(old, form), 0)
        if i & 255 == 255:
            accepted.append(bits)
            bits = 0
    if number & 255 != 0:
        accepted.append(bits)
    if form & forms.BYTE < forms.ORDINAL:
        tallies._apply(id, form, plus, minus)
    return accepted


@internal
def _count_points(
    id: uint256, form: uint256, ballot: uint256[choices.LANE_WORDS], old: uint256[choices.LANE_WORDS]
):
    """
    @dev Counts one ballot with points.
    @param id The question.
    @param form Its form.
    @param ballot The lane of the ballot.
    @param old The lane that it replaces; zeros if there is none.
    """
    item_bits: uint256 = forms._item_bits(form)
    most: uint256 = (form >> 24) & forms.BYTE
    sign: uint256 = 1
    for lane: uint256[choices.LANE_WORDS] in [ballot, old]:
        if lane[0] != 0:
            tallies._change(id, 0, sign << 64)
            for i: uint256 in range(most, bound=forms.MAX_CHOICE):
                item: uint256 = choices._item(lane, i, item_bits)
                if item == 0:
                    break
                points: uint256 = most - i if item_bits == 8 else item & ((1 << (item_bits - 8)) - 1)
                tallies._change(id, item >> (item_bits - 8), unsafe_mul(sign, 1 << 64 | points))
        sign = max_value(uint256)


@internal
@view
def _is_signed(
    id: uint256, form: uint256, domain: bytes32, seat: uint256, ballot: uint256[choices.LANE_WORDS], at: uint256
) -> bool:
    """
    @dev Whether a ballot is signed by the key of its seat, and the seat may vote.
    @param id The question.
    @param form Its form and times.
    @param domain The domain of the signature.
    @param seat The seat.
    @param ballot Its lane.
    @param at Where the signature stands in the calldata.
    @return bool True if it counts.
    """
    tail: uint256[2] = abi_decode(slice(msg.data, at, 64), uint256[2])
    choice: bytes32 = keccak256(slice(abi_encode(ballot), 1, (form >> 32) & forms.BYTE))
    message: bytes32 = keccak256(
        abi_encode(questions.BALLOT_TYPE, questions.hashes[id], seat, ballot[0] >> 248, choice)
    )
    signer: address = typed_data._signer(domain, message, tail[0], tail[1])
    entry: uint256 = staticcall questions.ROLL.entry(seat)
    return (
        signer != empty(address)
        and convert(signer, uint256) == entry & questions.KEY_MASK
        and entry >> 160 <= (form >> 136) & questions.TIME
    )
