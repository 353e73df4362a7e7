"""Every form of ballot, good and bad ballots mixed: the contract counts exactly what the model counts."""

from dataclasses import replace
from random import Random

import pytest

from ledger.primitives import Hash32
from ledger.voting.ballot import Ballot, SignedBallot, domain_separator, sign_ballot
from ledger.voting.form import Form
from ledger.voting.question import Question
from ledger.voting.tally import OpenTally
from tests.contracts.chain import Reverted
from tests.contracts.voting.ballot_box import SEATS, BallotBox, key_of
from tests.contracts.voting.forms import FORMS, name_of, spoil, valid_choice

ROUNDS = 3
BEYOND = (SEATS, 2**20, 2**32 - 1)
"""Seats that nobody has."""


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_cast__random_batches__counts_as_the_model(box: BallotBox, form: Form) -> None:
    random = Random(name_of(form))
    question = box.open(form)
    model = box.tally(question)
    for _ in range(ROUNDS):
        ballots = [_some_ballot(box, question, model, random) for _ in range(random.choice([1, 3, 12, 24]))]
        before = (model.turnout, list(model.votes), list(model.points))
        expected = [model.add(signed) is None for signed in ballots]
        if any(expected):
            assert box.cast(question, ballots) == expected
        else:
            with pytest.raises(Reverted, match="ballots: nothing counts"):
                box.cast(question, ballots)
            assert before == (model.turnout, model.votes, model.points)
        lanes = {seat: (lane.sequence, lane.choice) for seat, lane in model.lanes.items()}
        assert box.lanes(question, range(box.seats)) == lanes
    result = box.ballots.read("result", question.id)
    assert result == (model.turnout, tuple(model.votes), tuple(model.points))
    for seat in (0, 1, SEATS - 1):
        empty = (0, bytes(form.choice_length))
        assert box.ballots.read("lane", question.id, seat) == lanes.get(seat, empty)


def _some_ballot(box: BallotBox, question: Question, model: OpenTally, random: Random) -> SignedBallot:
    seat = random.choice(BEYOND) if random.random() < 0.03 else random.randrange(box.seats)
    choice = valid_choice(question.form, random)
    if random.random() < 0.25:
        choice = spoil(choice, random)
    last = model.lanes[seat].sequence if seat in model.lanes else 0
    sequence = last + 1
    if random.random() < 0.2:
        sequence = random.choice([0, last, last + 8, last + 9, 255])
    ballot = Ballot(question.hash, seat, min(255, sequence), choice)
    return _sign_somehow(box, ballot, random)


def _sign_somehow(box: BallotBox, ballot: Ballot, random: Random) -> SignedBallot:
    """Signed well, most often; else in one of the ways that must not count."""
    key = key_of(ballot.seat if ballot.seat < box.seats else 0)
    good = sign_ballot(box.domain, ballot, key)
    if random.random() < 0.6:
        return good
    r, vs = good.signature[:32], int.from_bytes(good.signature[32:], "big")
    elsewhere = domain_separator(box.chain_id + 1, box.ballots.address)
    signature = random.choice(
        [
            sign_ballot(box.domain, ballot, key_of(ballot.seat + 1)).signature,
            sign_ballot(elsewhere, ballot, key).signature,
            sign_ballot(box.domain, replace(ballot, question=Hash32(bytes(32))), key).signature,
            sign_ballot(box.domain, replace(ballot, seat=ballot.seat ^ 1), key).signature,
            r + (vs ^ 2**255).to_bytes(32, "big"),
            r + (2**255 - 1).to_bytes(32, "big"),
            bytes(32) + good.signature[32:],
            r + bytes(32),
            bytes(64),
            random.randbytes(64),
        ]
    )
    return SignedBallot(ballot, signature)
