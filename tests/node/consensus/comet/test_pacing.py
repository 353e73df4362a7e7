"""Whose turn it is to make a block, and whose to seal one: nobody's turns all go by."""

from itertools import pairwise

from ledger.primitives import Timestamp
from node.consensus.comet.pacing import PATIENCE, Clocks, Pacing
from tests.node.consensus.comet.stage import Founded

VALIDATORS = 4
HEIGHTS = 400


class Network:
    """Proposers in turn, one consensus height after another, and transactions always waiting."""

    def __init__(self, founded: Founded, validators: int) -> None:
        self.parent = founded.genesis.header
        self.pacings = [Pacing(Clocks(self._now, self._now, lambda _: None)) for _ in range(validators)]
        self.made: list[int | None] = []

    def _now(self) -> float:
        return float(self.parent.timestamp)

    def decide(self) -> None:
        """One height: who proposes makes a block, or leaves it empty for the seal of the one before."""
        place = len(self.made) % len(self.pacings)
        has_block = self.pacings[place].may_build(self.parent, self.parent.timestamp)
        if has_block:
            self.pacings[place].wait_for(Timestamp(self.parent.timestamp))
        self.made.append(place if has_block else None)
        for pacing in self.pacings:
            pacing.on_vote()
            pacing.on_decided(has_new_head=has_block, is_something_waiting=True)


def run(founded: Founded, validators: int) -> list[int | None]:
    network = Network(founded, validators)
    for _ in range(HEIGHTS):
        network.decide()
    return network.made


def test_turns__even_number_of_validators__each_makes_blocks(founded: Founded) -> None:
    for validators in (2, 4, 6):
        made = [place for place in run(founded, validators) if place is not None]
        shares = [made.count(place) / len(made) for place in range(validators)]
        assert min(shares) > 0.6 / validators, shares


def test_turns__each__come_within_patience(founded: Founded) -> None:
    made = run(founded, VALIDATORS)
    for place in range(VALIDATORS):
        heights = [height for height, maker in enumerate(made) if maker == place]
        gaps = [after - before for before, after in pairwise(heights)]
        assert max(gaps) <= VALIDATORS * (PATIENCE + 1)


def test_seals__nearly_all__come_with_the_next_height(founded: Founded) -> None:
    made = run(founded, VALIDATORS)
    late = sum(one is not None and after is not None for one, after in pairwise(made))
    assert 0 < late / (HEIGHTS - made.count(None)) < 0.05


def test_turns__alone_or_odd_number__are_never_late_for_a_seal(founded: Founded) -> None:
    for validators in (1, 3, 5):
        made = run(founded, validators)
        assert not any(one is not None and after is not None for one, after in pairwise(made))
