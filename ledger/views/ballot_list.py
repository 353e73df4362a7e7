"""The public list of a question's accepted ballots: rows that the node keeps beside each block, in order of codes.

A code is a part of a hash, so its place in the list tells nothing of when the ballot came.
"""

from collections.abc import Iterator

from ledger.errors import BadInputError, CannotCheckError
from ledger.primitives import Hash32, Height
from ledger.proofs.code import ballot_code
from ledger.views.ballot_index import CODE_BITS, KEY_DIGEST_LENGTH, ExtraRows, code_bits

PREFIX = b"list"
_HEIGHT_LENGTH = 8
_ID_LENGTH = 6
_REST = bytes(32 - KEY_DIGEST_LENGTH)


class ListMissingError(CannotCheckError):
    """A node that counts ballots of a question and has no list of them: its index is of an earlier release."""

    type = "no-ballot-list"


class ListedError(BadInputError):
    """Bytes that are no row of a list."""

    type = "bad-list-row"


def list_key(question: int, digest: Hash32) -> bytes:
    """Key of an accepted ballot's row in the list of its question, without the node's own prefix."""
    return _prefix(question) + digest[:KEY_DIGEST_LENGTH]


def encode_listed(height: Height) -> bytes:
    """height u64 of the block that the ballot stands in."""
    return height.to_bytes(_HEIGHT_LENGTH, "big")


def list_codes(rows: ExtraRows, question: int, until: Height, after: str = "") -> Iterator[str]:
    """Codes of the ballots that were accepted up to a block, replaced ones too, in alphabetical order.

    Shape   `after`: only codes behind this one.
    Errors  BallotCodeError for an `after` that no ballot can have as its code; ListedError.
    """
    start = b""
    if after:
        behind = code_bits(after) + 1 << 8 * KEY_DIGEST_LENGTH - CODE_BITS
        if behind >> 8 * KEY_DIGEST_LENGTH:
            return
        start = behind.to_bytes(KEY_DIGEST_LENGTH, "big")
    prefix = _prefix(question)
    length = len(prefix) + KEY_DIGEST_LENGTH
    newest = encode_listed(until)
    for key, row in rows.scan_extra_rows(prefix, start):
        if len(key) != length or len(row) != _HEIGHT_LENGTH:
            raise ListedError(f"list row: {len(key)} and {len(row)} bytes, expected {length} and {_HEIGHT_LENGTH}")
        if row <= newest:
            yield ballot_code(Hash32(key[-KEY_DIGEST_LENGTH:] + _REST))


def _prefix(question: int) -> bytes:
    return PREFIX + question.to_bytes(_ID_LENGTH, "big")
