"""Batches: how a relay carries many ballots in one transaction, and how much gas it gives it.

Gas is an upper bound, never below what Ballots uses: tests/contracts/voting/test_batch_gas.py compares the two for each
form. Ballots of neighbouring seats share storage words, so a batch should be in the order of seats.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.abi import contract
from ledger.chain.transaction import MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS
from ledger.primitives import Gas
from ledger.voting.ballot import VOTE_LENGTH, SignedBallot, encode_record, encode_vote, record_length
from ledger.voting.form import Encoding, Form

MAX_RECORDS = 1024
ENVELOPE = 512
"""Bytes of a transaction around its records."""
NEW_WORD = 22_100
"""Gas to read a storage word for the first time and fill it."""
BYTE = 16
"""Gas for a byte of calldata."""
TRANSACTION = 90_000
"""Gas of a batch before its first ballot, its tally left out."""
PLANES = 16
"""Tally words that a batch fills where counts stand in bit planes, at most."""
MANY_OPTIONS = 64


def ballot_gas(form: Form) -> int:
    """Gas of one ballot beside calldata and storage of its own: hashing, recovery, roll, checks, counting; of one that
    replaces another.
    """
    is_short = record_length(form) <= VOTE_LENGTH
    if not is_short and form.kind.has_points:
        return 16_000 + 3_950 * form.max_length
    if not is_short:
        return 22_500
    return {
        Encoding.INDEX: 9_600,
        Encoding.MASK: 12_000,
        Encoding.LIST: 9_000 + 850 * form.max_length if form.kind.has_points else 11_500 + 130 * form.max_length,
        Encoding.PAIRS: 9_500 + 1_250 * form.max_length,
    }[form.encoding]


def tally_gas(form: Form) -> int:
    """Gas of writing the tally for the first time."""
    if form.kind.has_points:
        words = form.options // 2 + 1
    else:
        words = form.options // 8 + 1 if form.options < MANY_OPTIONS else PLANES
    return words * NEW_WORD


class BatchMeter:
    """Adds up what a batch takes as ballots are put into it.

    Units   gas, of a transaction as a whole.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._length = record_length(form)
        self._each = ballot_gas(form) + BYTE * self._length
        self._words: set[int] = set()
        self.count = 0
        self._used = TRANSACTION + BYTE * ENVELOPE + tally_gas(form)

    @property
    def gas(self) -> Gas:
        """What to give a transaction with the ballots so far."""
        return Gas(self._used)

    def has_room(self, seat: int) -> bool:
        """True if one more ballot, of this seat, fits by number, bytes and gas."""
        length = ENVELOPE + self._length * (self.count + 1)
        is_within = self.count < MAX_RECORDS and length <= MAX_TRANSACTION_BYTES
        return is_within and self._used + self._gas_of(seat) <= MAX_TRANSACTION_GAS

    def add(self, seat: int) -> None:
        self._used += self._gas_of(seat)
        self._words.add(self._word_of(seat))
        self.count += 1

    def _gas_of(self, seat: int) -> int:
        is_new = self._word_of(seat) not in self._words
        return self._each + (self._form.slots_per_lane * NEW_WORD if is_new else 0)

    def _word_of(self, seat: int) -> int:
        return seat // (self._form.lanes_per_slot or 1)


def batch_size(form: Form) -> int:
    """How many ballots fit into one transaction, wherever their seats are; neighbours may be more."""
    meter = BatchMeter(form)
    apart = max(1, form.lanes_per_slot)
    while meter.has_room(meter.count * apart):
        meter.add(meter.count * apart)
    return meter.count


def batch_gas(form: Form, count: int) -> Gas:
    """Gas for so many ballots, wherever their seats are; at most what a transaction may have."""
    scattered = ballot_gas(form) + BYTE * record_length(form) + form.slots_per_lane * NEW_WORD
    return Gas(min(MAX_TRANSACTION_GAS, BatchMeter(form).gas + count * scattered))


@dataclass(frozen=True, slots=True)
class Cut:
    """A batch as places in a list of ballots, with the gas to give it."""

    start: int
    stop: int
    gas: Gas


def cut_batches(form: Form, seats: Sequence[int]) -> Iterator[Cut]:
    """Cut a list of ballots, given by their seats, into batches in its order; best ascending."""
    start = 0
    meter = BatchMeter(form)
    for index, seat in enumerate(seats):
        if not meter.has_room(seat):
            yield Cut(start, index, meter.gas)
            start, meter = index, BatchMeter(form)
        meter.add(seat)
    if meter.count:
        yield Cut(start, len(seats), meter.gas)


def encode_cast(question_id: int, ballots: Sequence[SignedBallot]) -> bytes:
    """Calldata of `Ballots.cast`. Errors: RecordError."""
    return contract("Ballots").encode_call("cast", question_id, b"".join(encode_record(b) for b in ballots))


def encode_single(form: Form, question_id: int, signed: SignedBallot) -> bytes:
    """Calldata for one ballot: `vote` where its form allows that, else a batch of one. Errors: RecordError."""
    if form.kind.has_points or record_length(form) > VOTE_LENGTH:
        return encode_cast(question_id, [signed])
    return contract("Ballots").encode_call("vote", question_id, *encode_vote(signed))
