"""The count of open ballots: an independent statement of what Ballots counts, from raw signed ballots."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Protocol

from ledger.primitives import ZERO_ADDRESS, Address, Hash32, Timestamp
from ledger.secp256k1 import SignatureError
from ledger.voting.ballot import MAX_SEQUENCE, SEQUENCE_WINDOW, Ballot, SignedBallot, recover_voter
from ledger.voting.choice import Choice, decode_choice
from ledger.voting.form import BallotKind, ChoiceError, Form
from ledger.voting.lane import Lane

KEY_BITS = 160
"""An entry of the roll is since << 160 | key."""
MAX_READ = 1 << 12
"""Different choices that are kept read."""
_NOTHING = Lane(0, b"")


class Lanes(Protocol):
    """Last ballots by seat; a dictionary is one."""

    def get(self, seat: int, default: Lane, /) -> Lane: ...

    def __setitem__(self, seat: int, lane: Lane, /) -> None: ...

    def __len__(self) -> int: ...

    def values(self) -> Iterable[Lane]: ...


class Refusal(Enum):
    """Why a ballot does not count; the first that holds, in this order."""

    QUESTION = "signed for another question"
    SEQUENCE = "sequence not 1 to 8 above the last one"
    CHOICE = "choice not allowed by the question"
    SEAT = "seat empty, or younger than the question"
    SIGNATURE = "not the signature of the seat's key"


class OpenTally:
    """Counts the ballots of one question, each replacing the earlier one of its seat.

    Shape   `lanes`: last ballot by seat; `turnout`: seats whose ballot counts, blank ones too; `votes`, `points`: one
            per option, in the question's order; `points` stays empty for kinds without. `entry_of(seat)`: the roll's
            entry when the next ballot was cast, 0 for an empty seat. The window in time is the caller's to check.
            Lanes given are empty, and kept wherever the caller wants.
    Units   counts in ballots, or points where the kind has points.
    Source  docs/reference/formats.md, 5; contracts/voting/Ballots.vy enforces the same rules.
    """

    def __init__(
        self,
        form: Form,
        question: Hash32,
        domain: Hash32,
        record: Timestamp,
        entry_of: Callable[[int], int],
        lanes: Lanes | None = None,
    ) -> None:
        self.form = form
        self.question = question
        self.lanes: Lanes = {} if lanes is None else lanes
        self.votes = [0] * form.options
        self.points = [0] * form.options if form.kind.has_points else []
        self._domain = domain
        self._record = record
        self._entry_of = entry_of
        self._choices: dict[bytes, Choice | None] = {}

    @property
    def turnout(self) -> int:
        return len(self.lanes)

    def add_all(self, ballots: Iterable[SignedBallot]) -> Iterator[tuple[SignedBallot, Refusal]]:
        """Count ballots in the order of the chain; gives those that do not count. Counts only as far as it is read."""
        for signed in ballots:
            if (refusal := self.add(signed)) is not None:
                yield signed, refusal

    def add(self, signed: SignedBallot) -> Refusal | None:
        """Count one ballot, or say why not."""
        refusal = self._refusal_before_key(signed.ballot)
        if refusal is not None:
            return refusal
        try:
            key = recover_voter(self._domain, signed)
        except SignatureError:
            return Refusal.SIGNATURE
        return self._count(signed.ballot, key)

    def add_recovered(self, ballot: Ballot, key: Address) -> Refusal | None:
        """Count one ballot whose signer is known already, for example from a run that recovered them in parallel."""
        refusal = self._refusal_before_key(ballot)
        return refusal if refusal is not None else self._count(ballot, key)

    def _refusal_before_key(self, ballot: Ballot) -> Refusal | None:
        if ballot.question != self.question:
            return Refusal.QUESTION
        last = self.lanes.get(ballot.seat, _NOTHING).sequence
        if not last < ballot.sequence <= min(last + SEQUENCE_WINDOW, MAX_SEQUENCE):
            return Refusal.SEQUENCE
        if self._read(ballot.choice) is None:
            return Refusal.CHOICE
        entry = self._entry_of(ballot.seat)
        return None if entry and entry >> KEY_BITS <= self._record else Refusal.SEAT

    def _count(self, ballot: Ballot, key: Address) -> Refusal | None:
        entry = self._entry_of(ballot.seat)
        if key == ZERO_ADDRESS or int.from_bytes(key, "big") != entry & (1 << KEY_BITS) - 1:
            return Refusal.SIGNATURE
        earlier = self.lanes.get(ballot.seat, _NOTHING)
        if earlier.sequence:
            self._weigh(earlier.choice, -1)
        self._weigh(ballot.choice, 1)
        self.lanes[ballot.seat] = Lane(ballot.sequence, ballot.choice)
        return None

    def _read(self, data: bytes) -> Choice | None:
        """The choice, or None; many ballots are alike, so each kind of bytes is read once."""
        if data not in self._choices:
            if len(self._choices) >= MAX_READ:
                self._choices.clear()
            try:
                self._choices[data] = decode_choice(self.form, data)
            except ChoiceError:
                self._choices[data] = None
        return self._choices[data]

    def _weigh(self, data: bytes, sign: int) -> None:
        choice = self._read(data)
        if choice is None:  # only canonical choices reach a lane
            raise ChoiceError(f"choice: {data.hex()} is not canonical", choice=data.hex())
        for option in choice.options:
            self.votes[option - 1] += sign
        for option, points in points_of(self.form, choice):
            self.points[option - 1] += sign * points


def points_of(form: Form, choice: Choice) -> Iterator[tuple[int, int]]:
    """(option, points) of a choice; an ordinal one gives `max_length` to its first option and one less to each next."""
    if form.kind is BallotKind.ORDINAL:
        return ((option, form.max_length - rank) for rank, option in enumerate(choice.options))
    return iter(zip(choice.options, choice.points, strict=False))
