"""Where accepted ballots stand in the chain, by their code: rows that the node keeps beside each block."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Protocol

from ledger.errors import BadInputError
from ledger.primitives import Hash32, Height
from ledger.proofs.code import ALPHABET, BallotCodeError, normalise_code
from ledger.proofs.wordlist import words

PREFIX = b"code"
KEY_DIGEST_LENGTH = 12
"""Bytes of the digest in a row's key."""
CODE_BITS = 91
"""Bits of the digest that a code states: 11 in its word, 80 in its letters."""
_PLACE = Struct(">HIIBQIH")
_QUESTION_LIMIT = 1 << 48


class PlaceError(BadInputError):
    """Bytes that are no place of a ballot, or a place that does not fit."""

    type = "bad-ballot-place"


class ExtraRows(Protocol):
    """The part of `ledger.ports.ChainReader` that is needed here."""

    def extra_row(self, key: bytes) -> bytes | None: ...

    def scan_extra_rows(self, prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]: ...


@dataclass(frozen=True, slots=True)
class BallotPlace:
    """Where one accepted ballot stands. Shape: `record` counts from 0 in the batch, 0 for a ballot that came alone."""

    question: int
    seat: int
    sequence: int
    height: Height
    transaction: int
    record: int


def index_key(digest: Hash32) -> bytes:
    """Key of a ballot's row, without the prefix that the node gives to rows of its own."""
    return PREFIX + digest[:KEY_DIGEST_LENGTH]


def encode_place(place: BallotPlace) -> bytes:
    """question u48, seat u32, sequence u8, height u64, transaction u32, record u16.

    Errors  PlaceError.
    """
    limits = (
        ("question", place.question, _QUESTION_LIMIT),
        ("seat", place.seat, 1 << 32),
        ("sequence", place.sequence, 1 << 8),
        ("height", place.height, 1 << 64),
        ("transaction", place.transaction, 1 << 32),
        ("record", place.record, 1 << 16),
    )
    for field, value, limit in limits:
        if not 0 <= value < limit:
            raise PlaceError(f"{field}: {value}, expected 0 to {limit - 1}", field=field, value=value)
    high, low = divmod(place.question, 1 << 32)
    return _PLACE.pack(high, low, place.seat, place.sequence, place.height, place.transaction, place.record)


def decode_place(row: bytes) -> BallotPlace:
    """Errors  PlaceError for a wrong length."""
    if len(row) != _PLACE.size:
        raise PlaceError(f"place: {len(row)} bytes, expected {_PLACE.size}")
    high, low, seat, sequence, height, transaction, record = _PLACE.unpack(row)
    return BallotPlace(high << 32 | low, seat, sequence, Height(height), transaction, record)


def find_by_code(rows: ExtraRows, code: str) -> list[BallotPlace]:
    """Every accepted ballot that has this code: none, one, or (where somebody made two of one code) several.

    Errors  BallotCodeError for text that no ballot can have as its code.
    """
    bits = code_bits(code)
    whole = CODE_BITS // 8
    start = (bits >> CODE_BITS % 8).to_bytes(whole, "big")
    free = 8 * KEY_DIGEST_LENGTH - CODE_BITS
    length = len(PREFIX) + KEY_DIGEST_LENGTH
    return [
        decode_place(row)
        for key, row in rows.scan_extra_rows(PREFIX + start)
        if len(key) == length and int.from_bytes(key[len(PREFIX) :], "big") >> free == bits
    ]


def code_bits(code: str) -> int:
    """The first 91 bits of the digests that a code stands for.

    Errors  BallotCodeError.
    """
    word, _, letters = normalise_code(code).partition("-")
    if word not in words():
        raise BallotCodeError(f"ballot code: {word!r} is not a word of BIP-39's English list", word=word)
    bits = words().index(word)
    for letter in letters.replace("-", ""):
        bits = bits << 5 | ALPHABET.index(letter)
    return bits


def find_ballot(rows: ExtraRows, digest: Hash32) -> BallotPlace | None:
    """Where the ballot with this digest stands, None if no block holds it as accepted."""
    row = rows.extra_row(index_key(digest))
    return None if row is None else decode_place(row)
