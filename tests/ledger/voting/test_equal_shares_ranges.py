"""Ranges of a check: ballots out of storage words, and progress that adds up."""

import pytest
from eth_utils import keccak

from ledger.errors import BadInputError
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.equal_shares_certificate import make_certificate
from ledger.voting.equal_shares_check import failing_line, make_program
from ledger.voting.equal_shares_ranges import Progress, advance, read_masks, start, words_of
from ledger.voting.form import BallotKind, Form
from tests.ledger.voting.equal_shares_cases import election


def packed(form: Form, masks: list[int | None]) -> list[int]:
    """Lanes of neighbouring seats that share a word."""
    words = [0] * words_of(form, len(masks))
    for seat, mask in enumerate(masks):
        if mask is not None:
            options = [i + 1 for i in range(form.options) if mask >> i & 1]
            lane = b"\x01" + encode_choice(form, make_choice(form, options))
            shift = 8 * form.lane_length * (seat % form.lanes_per_slot)
            words[seat // form.lanes_per_slot] |= int.from_bytes(lane, "big") << shift
    return words


@pytest.mark.parametrize(
    "form",
    [
        Form(BallotKind.CHOOSE_ONE, 9, 0, 1),
        Form(BallotKind.APPROVAL, 9, 0, 9),
        Form(BallotKind.APPROVAL, 9, 0, 1),
        Form(BallotKind.APPROVAL, 200, 0, 5),
    ],
)
def test_read_masks__seats_that_share_words__gives_those_that_voted(form: Form) -> None:
    masks = [1, None, 0, 1 << 8, None, None, 4] * 6
    assert read_masks(form, packed(form, masks)) == [mask for mask in masks if mask is not None]


def test_read_masks__seat_of_two_words__starts_at_the_left() -> None:
    form = Form(BallotKind.APPROVAL, 255, 0, 255)
    lane = b"\x07" + (1 << 254 | 3).to_bytes(32, "big")
    words = [int.from_bytes(lane[:32], "big"), int.from_bytes(lane[32:].ljust(32, b"\0"), "big"), 0, 0]
    assert read_masks(form, words) == [1 << 254 | 3]
    assert words_of(form, 2) == 4
    with pytest.raises(BadInputError, match="words: 3, expected a multiple of 2"):
        read_masks(form, words[:3])


def test_advance__range_by_range__ends_where_all_at_once_does() -> None:
    ballots = [0b010, 0b110, 0b000, 0b101, 0b001, 0b100]
    votes = election([5, 5, 8], ballots, 9)
    form = Form(BallotKind.APPROVAL, 3, 0, 2)
    program = make_program(votes, make_certificate(votes), 1, form.packed)
    words = packed(form, [None] * 40 + list(ballots))
    whole = advance(program, form, start(program), words)
    parts = start(program)
    for word in words:
        parts = advance(program, form, parts, [word])
    assert parts == whole
    assert (whole.words, whole.ballots) == (3, 6)
    assert failing_line(program, whole.sums) is None


def test_progress__as_the_contract_encodes_it__hashes_to_what_it_keeps() -> None:
    words = [32, 3, 2, 96, 2, 7, 9]
    assert Progress(3, 2, (7, 9)).hash == keccak(b"".join(word.to_bytes(32, "big") for word in words))
