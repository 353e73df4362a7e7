"""Short texts in a word: purposes and currencies, as the journal has them."""

from ledger.errors import BadInputError
from ledger.primitives import Hash32

TEXT_LENGTH = 32


def encode_text(text: str) -> Hash32:
    """1 to 32 printable ASCII characters, zero-padded on the right."""
    if not 0 < len(text) <= TEXT_LENGTH or not text.isascii() or not text.isprintable():
        raise BadInputError(f"text: found {text!r}, expected 1 to {TEXT_LENGTH} printable ASCII characters", text=text)
    return Hash32(text.encode("ascii").ljust(TEXT_LENGTH, b"\0"))


def decode_text(word: Hash32) -> str:
    """The text of a word; a word that holds none is shown as hex, because anything may stand on chain."""
    text = word.rstrip(b"\0").decode("ascii", errors="replace")
    return text if text and text.isascii() and text.isprintable() else "0x" + word.hex()
