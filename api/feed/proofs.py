"""Proofs of storage words, many at once."""

from collections.abc import Sequence

from ledger.bundle.multiproof import Row, make_multiproof
from ledger.errors import BadInputError
from ledger.ports import ChainReader
from ledger.primitives import Address, Height
from ledger.views.blocks import find_header

MAX_ROWS = 128
WORD_LIMIT = 2**256


class BadRowError(BadInputError):
    """A row of a question for proofs that is none, or too many of them."""

    type = "bad-row"


def prove_rows(chain: ChainReader, height: int, rows: Sequence[str]) -> bytes:
    """The bytes of a proof member of bundle.md, 5.

    Shape   rows: `0x<address>:<slot>`, the slot decimal or in hex after 0x, at most 128.
    Errors  UnknownBlockError; BadRowError for rows that are none, twice, or of an address without account.
    """
    header = find_header(chain, height)
    if not 0 < len(rows) <= MAX_ROWS:
        raise BadRowError(f"row: {len(rows)} of them, expected 1 to {MAX_ROWS}", rows=len(rows))
    parsed = sorted({_parse_row(row) for row in rows})
    if len(parsed) != len(rows):
        raise BadRowError("row: one stands twice, expected each once")
    return make_multiproof(header.number, parsed, chain.state(Height(header.number)).proof)


def _parse_row(text: str) -> Row:
    account, _, slot = text.partition(":")
    try:
        address, number = bytes.fromhex(account.removeprefix("0x")), int(slot, 0)
    except ValueError as error:
        raise BadRowError(f"row: {text[:120]!r}, expected 0xADDRESS:SLOT") from error
    if len(address) != 20 or not 0 <= number < WORD_LIMIT:
        raise BadRowError(f"row: {text[:120]!r}, expected an address of 20 bytes and a slot below 2^256")
    return Address(address), number
