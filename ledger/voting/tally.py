"""The tally of a question with open ballots: the model beside contracts/voting/Ballots.vy, and the second count."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.primitives import Hash32
from ledger.proofs.slots import KEY_BITS
from ledger.secp256k1 import SignatureError
from ledger.voting.ballot import MAX_SEQUENCE, SEQUENCE_WINDOW, SignedBallot, recover_voter
from ledger.voting.choice import Choice, decode_choice
from ledger.voting.form import BallotKind, ChoiceError, Form
from ledger.voting.lane import Lane

EMPTY_LANE = Lane(0, b"")
KEY_MASK = (1 << KEY_BITS) - 1


class Refused(StrEnum):
    """Why a ballot does not count."""

    SEQUENCE = "its sequence is not above the stored one by 1 to 8"
    CHOICE = "its choice is none that the question allows"
    SIGNATURE = "it is not signed by the seat's key"
    TOO_NEW = "the seat got its key after the question's record time"


@dataclass(slots=True)
class OpenTally:
    """Counts the last valid ballot of each seat.

    Shape   `entry_of`: the roll's word of a seat (since << 160 | key), 0 for an empty one. `votes`, `points`: one per
            option; `points` stay 0 for kinds without. `lanes`: last counted ballot by seat.
    Units   `record`: seconds; points as formats.md 4 counts them.
    Source  docs/reference/formats.md, 5.
    """

    form: Form
    question: Hash32
    domain: Hash32
    record: int
    entry_of: Callable[[int], int]
    votes: list[int] = field(init=False)
    points: list[int] = field(init=False)
    lanes: dict[int, Lane] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.votes = [0] * self.form.options
        self.points = [0] * self.form.options

    @property
    def turnout(self) -> int:
        """Seats whose ballots count."""
        return len(self.lanes)

    def add(self, signed: SignedBallot) -> Refused | None:
        """Count a ballot, in the order of the chain; the reason if it does not count."""
        ballot = signed.ballot
        stored = self.lanes.get(ballot.seat, EMPTY_LANE)
        if not stored.sequence < ballot.sequence <= min(stored.sequence + SEQUENCE_WINDOW, MAX_SEQUENCE):
            return Refused.SEQUENCE
        try:
            choice = decode_choice(self.form, ballot.choice)
        except ChoiceError:
            return Refused.CHOICE
        entry = self.entry_of(ballot.seat)
        if ballot.question != self.question or not self._is_signed(signed, entry & KEY_MASK):
            return Refused.SIGNATURE
        if entry >> KEY_BITS > self.record:
            return Refused.TOO_NEW
        if stored.sequence:
            self._count(decode_choice(self.form, stored.choice), -1)
        self._count(choice, 1)
        self.lanes[ballot.seat] = Lane(ballot.sequence, ballot.choice)
        return None

    def add_all(self, ballots: Iterable[SignedBallot]) -> list[tuple[SignedBallot, Refused]]:
        """Count many; those that do not count, with their reasons."""
        found = ((signed, self.add(signed)) for signed in ballots)
        return [(signed, reason) for signed, reason in found if reason is not None]

    def _is_signed(self, signed: SignedBallot, key: int) -> bool:
        if key == 0:
            return False
        try:
            return int.from_bytes(recover_voter(self.domain, signed), "big") == key
        except SignatureError:
            return False

    def _count(self, choice: Choice, sign: int) -> None:
        for place, option in enumerate(choice.options):
            self.votes[option - 1] += sign
            if self.form.kind is BallotKind.ORDINAL:
                self.points[option - 1] += sign * (self.form.max_length - place)
            elif choice.points:
                self.points[option - 1] += sign * choice.points[place]
