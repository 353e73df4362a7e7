"""Words of the chain as people read them."""

from ledger.money.text import decode_text
from ledger.primitives import ZERO_HASH, Hash32

SHOWN_BYTES = 6


def shorten(data: bytes) -> str:
    """The ends of a hash or an address, enough to compare by eye."""
    return f"0x{data[:SHOWN_BYTES].hex()}…{data[-2:].hex()}"


def label_text(word: Hash32) -> str:
    """A word that may hold a short text (a purpose, a currency): the text, the hash's ends, or nothing."""
    if word == ZERO_HASH:
        return ""
    text = decode_text(word)
    return shorten(word) if text.startswith("0x") and len(text) == 66 else text
