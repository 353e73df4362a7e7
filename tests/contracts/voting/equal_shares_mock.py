"""EqualShares on mocks of Ballots and Constitution, with a vote already cast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boa

from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.equal_shares import Election
from ledger.voting.equal_shares_certificate import Certificate, make_certificate
from ledger.voting.equal_shares_check import Program, make_program
from ledger.voting.equal_shares_ranges import Progress, advance, start
from ledger.voting.form import BallotKind, Form
from ledger.voting.lane import LANES_BASE, place_lane
from ledger.voting.question import Option
from tests.contracts.voting.budget_mock import budget_row, make_ballots, make_options, option_rows, put_question
from tests.ledger.voting.equal_shares_cases import assen
from tests.paths import REPOSITORY

CHALLENGE_S = 3600
UNEVEN = ([5, 5, 8], [0b010, 0b110, 0b000, 0b101, 0b001, 0b100], 9)
"""Steps 0 to 3 cost 0, 10, 8, 18 of 9: steps 1 and 3 overspend."""
QUESTION = 3
CONSTITUTION = f"""# pragma version ^0.4.0
@external
@view
def get(name: bytes32) -> uint256:
    assert name == 0x{b"equal_shares.challenge".ljust(32, bytes(1)).hex()}, "constitution: unknown name"
    return {CHALLENGE_S}
"""


@dataclass(frozen=True)
class Contracts:
    """What the tests call."""

    shares: Any
    ballots: Any


def deploy() -> Contracts:
    """EqualShares with its mocks."""
    ballots, constitution = make_ballots(), boa.loads(CONSTITUTION, name="ConstitutionMock")
    path = REPOSITORY / "contracts" / "voting" / "EqualShares.vy"
    return Contracts(boa.load(str(path), ballots.address, constitution.address), ballots)


@dataclass(frozen=True)
class Vote:
    """A closed question whose ballots lie in the mock's lanes; None in `masks` is a seat that has cast nothing."""

    contracts: Contracts
    election: Election
    form: Form
    options: list[Option]
    words: list[int]
    id: int = QUESTION

    @property
    def form_word(self) -> int:
        return self.form.packed | 7 << 136

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Question, options and budget, as both entries take them."""
        return (self.id, option_rows(self.options), budget_row(self.election.budget))

    def program(self, certificate: Certificate) -> Program:
        return make_program(self.election, certificate, self.id, self.form_word)

    def propose(self, certificate: Certificate) -> bytes:
        """Call the contract; its name for the certificate."""
        name: bytes = self.contracts.shares.propose(*self.arguments, certificate_row(certificate))
        return name

    def check(self, program: Program, before: Progress, words: int) -> Progress:
        """Check a range on the contract; the model says where that leads."""
        self.contracts.shares.check(program.row, before.row, words)
        read = self.words[before.words : before.words + words]
        return advance(program, self.form, before, read + [0] * (words - len(read)))

    def prove(self, certificate: Certificate | None = None, *, words: int = 512) -> Program:
        """Propose a certificate and have it checked to the end."""
        honest = certificate or make_certificate(self.election)
        self.propose(honest)
        program = self.program(honest)
        progress = start(program)
        while progress.ballots < self.election.turnout:
            progress = self.check(program, progress, min(words, len(self.words) - progress.words))
        return program


def certificate_row(certificate: Certificate) -> tuple[int, int, list[int]]:
    """A certificate as the contract takes it."""
    return (certificate.step, len(certificate.fits), [line.word for line in certificate.lines])


def lane_words(form: Form, masks: Sequence[int | None]) -> list[int]:
    """The storage words of seats whose last ballots approve these masks."""
    slots: dict[int, int] = {}
    for seat, mask in enumerate(masks):
        if mask is None:
            continue
        choice = encode_choice(form, make_choice(form, [i + 1 for i in range(form.options) if mask >> i & 1]))
        lane = bytes([1 + seat % 255]) + choice
        place = place_lane(form, 1, seat)
        if form.lanes_per_slot:
            slots[place.slots[0]] = slots.get(place.slots[0], 0) | int.from_bytes(lane, "big") << place.shift
        else:
            for i, slot in enumerate(place.slots):
                slots[slot] = int.from_bytes(lane[32 * i : 32 * i + 32].ljust(32, bytes(1)), "big")
    base = LANES_BASE + (1 << 48)
    return [slots.get(base + i, 0) for i in range(max(slots, default=base) - base + 1)]


def cast(
    contracts: Contracts, election: Election, masks: Sequence[int | None], form: Form | None = None, **flags: bool
) -> Vote:
    """Have the mock hold a question in which these seats voted."""
    options = make_options(election.costs)
    used = form or Form(BallotKind.APPROVAL, len(options), 0, len(options))
    put_question(
        contracts.ballots,
        QUESTION,
        used,
        options,
        election.budget,
        counts=election.counts,
        turnout=election.turnout,
        **flags,
    )
    words = lane_words(used, masks)
    for first in range(0, len(words), 4096):
        contracts.ballots.put_lanes(QUESTION, first, words[first : first + 4096])
    return Vote(contracts, election, used, options, words)


def town(contracts: Contracts) -> Vote:
    """The vote of Assen, seats in the file's order."""
    file, votes = assen()
    return cast(contracts, votes, [sum(1 << option for option in vote.options) for vote in file.votes])


def events(contract: Any) -> list[str]:
    """Names of what the last call logged."""
    return [type(log).__name__ for log in contract.get_logs()]


def finalise(vote: Vote) -> None:
    """Make the standing result final, as soon as that may be."""
    boa.env.timestamp += CHALLENGE_S
    vote.contracts.shares.finalise(vote.id)
