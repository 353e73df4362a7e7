"""A voting day, step by step: batches, direct votes, revotes, renewed keys; the model counts beside the contract."""

from contextlib import ExitStack
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.voting.ballot import Ballot, SignedBallot, encode_vote, record_length, sign_ballot
from ledger.voting.form import BallotKind, Form
from tests.contracts.chain import Reverted
from tests.contracts.founding import STRANGER
from tests.contracts.voting.ballot_box import SEATS, key_of, shared_box
from tests.contracts.voting.forms import spoil, valid_choice

K = BallotKind
KINDS = [
    Form(K.YES_NO, 3, 0, 1),
    Form(K.CHOOSE_ONE, 20),
    Form(K.APPROVAL, 7, 1, 7),
    Form(K.APPROVAL, 70, 0, 70),
    Form(K.APPROVAL, 90, 1, 8),
    Form(K.APPROVAL, 255, 0, 255),
    Form(K.ORDINAL, 32, 1, 4),
    Form(K.ORDINAL, 40, 0, 40),
    Form(K.CUMULATIVE, 10, 1, 5, 1, 10, 1, 10),
    Form(K.SCORE, 20, 0, 20, 0, 1000, 0, 20_000),
]
SEAT = st.integers(0, SEATS + 1)


class VotingDay(RuleBasedStateMachine):
    """Each step is done by both; afterwards bitmap, lanes and tally are equal."""

    def __init__(self) -> None:
        super().__init__()
        self.box = shared_box()
        self._undo = ExitStack()
        self._undo.enter_context(self.box.chain.anchor())
        self.keys = [*range(SEATS), 0, 0]

    def teardown(self) -> None:
        self._undo.close()

    @initialize(form=st.sampled_from(KINDS), seed=st.integers(0, 2**32))
    def open(self, form: Form, seed: int) -> None:
        self.random = Random(seed)
        self.question = self.box.open(form)
        self.model = self.box.tally(self.question)

    @rule(seats=st.lists(SEAT, min_size=1, max_size=8), fault=st.integers(0, 3))
    def cast(self, seats: list[int], fault: int) -> None:
        ballots = [self._ballot(seat, fault) for seat in seats]
        expected = [self.model.add(ballot) is None for ballot in ballots]
        if any(expected):
            assert self.box.cast(self.question, ballots) == expected
        else:
            with pytest.raises(Reverted, match="nothing counts"):
                self.box.cast(self.question, ballots)

    @rule(seat=SEAT, fault=st.integers(0, 3))
    def vote(self, seat: int, fault: int) -> None:
        form = self.question.form
        if form.kind.has_points or record_length(form) > 96:
            return
        signed = self._ballot(seat, fault)
        if signed.ballot.sequence == 0:
            return
        if self.model.add(signed) is None:
            self.box.ballots.send("vote", self.question.id, *encode_vote(signed), sender=STRANGER)
        else:
            with pytest.raises(Reverted, match=r"ballots: (sequence|choice|signature|seat too young)"):
                self.box.ballots.send("vote", self.question.id, *encode_vote(signed), sender=STRANGER)

    @rule(seat=st.integers(0, SEATS - 1))
    def renew(self, seat: int) -> None:
        self.box.chain.now += 1
        new = 2000 + self.keys[seat] + SEATS
        self.box.renew(seat, new, signed_by=self.keys[seat])
        self.keys[seat] = new

    @invariant()
    def counts_are_equal(self) -> None:
        if not hasattr(self, "model"):
            return
        result = self.box.ballots.read("result", self.question.id)
        assert result == (self.model.turnout, tuple(self.model.votes), tuple(self.model.points))
        lanes = {seat: (lane.sequence, lane.choice) for seat, lane in self.model.lanes.items()}
        assert self.box.lanes(self.question, range(SEATS + 2)) == lanes

    def _ballot(self, seat: int, fault: int) -> SignedBallot:
        """Good where `fault` is above 0; else one thing about it may be wrong."""
        last = self.model.lanes[seat].sequence if seat in self.model.lanes else 0
        choice, sequence, key = valid_choice(self.question.form, self.random), last + 1, self.keys[seat]
        if fault == 0:
            match self.random.randrange(3):
                case 0:
                    choice = spoil(choice, self.random)
                case 1:
                    sequence = self.random.choice([0, last, last + 8, last + 9])
                case _:
                    key += 1
        return sign_ballot(self.box.domain, Ballot(self.question.hash, seat, min(sequence, 255), choice), key_of(key))


TestVotingDay = VotingDay.TestCase
TestVotingDay.settings = settings(max_examples=30, stateful_step_count=10, deadline=None)
