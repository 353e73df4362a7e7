"""The ranges of a certificate's check: how far it is, and what one more range of storage words makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi.abi import encode as abi_encode

from ledger.errors import BadInputError
from ledger.primitives import Hash32, keccak256
from ledger.voting.choice import decode_choice
from ledger.voting.equal_shares_check import Program, add_voters
from ledger.voting.form import Form
from ledger.voting.lane import LanePlace, read_lane

MAX_WORDS = 512
"""Storage words that the contract reads at once."""
MAX_BALLOTS = 2048
"""Ballots that it takes from them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the check of a certificate is.

    Shape   `words`: storage words of the question's lanes that have been read; `ballots`: how many were in them;
            `sums`: one for each line.
    """

    words: int
    ballots: int
    sums: tuple[int, ...]

    @property
    def row(self) -> tuple[int, int, list[int]]:
        """The progress as the contract takes it."""
        return (self.words, self.ballots, list(self.sums))

    @property
    def hash(self) -> Hash32:
        """What the contract keeps of it."""
        return keccak256(abi_encode(["(uint256,uint256,uint256[])"], [self.row]))


def start(program: Program) -> Progress:
    """Nothing has been read."""
    return Progress(0, 0, (0,) * len(program.certificate.lines))


def advance(program: Program, form: Form, before: Progress, words: Sequence[int]) -> Progress:
    """Check a certificate over the next storage words.

    Shape   words: from word `before.words` of the question's lanes on; whole seats only.
    Errors  BadInputError if the words end within a seat.
    """
    masks = read_masks(form, words)
    sums = add_voters(program, before.sums, masks)
    return Progress(before.words + len(words), before.ballots + len(masks), tuple(sums))


def read_masks(form: Form, words: Sequence[int]) -> list[int]:
    """What each ballot in these words approves (bit i: option i + 1), in the order of the seats that have cast one."""
    each = 1 if form.lanes_per_slot else form.slots_per_lane
    if len(words) % each:
        raise BadInputError(f"words: {len(words)}, expected a multiple of {each}")
    masks = []
    for first in range(0, len(words), each):
        for seat in range(form.lanes_per_slot or 1):
            shift = 8 * form.lane_length * seat if form.lanes_per_slot else 0
            lane = read_lane(form, LanePlace(tuple(range(each)), shift), words[first : first + each])
            if lane.sequence:
                options = decode_choice(form, lane.choice).options
                masks.append(sum(1 << option - 1 for option in options))
    return masks


def words_of(form: Form, seats: int) -> int:
    """Storage words that hold the lanes of so many seats."""
    return -(-seats // form.lanes_per_slot) if form.lanes_per_slot else seats * form.slots_per_lane
