"""Trust anchors as the command line takes them."""

from pathlib import Path

from ledger.proofs.anchor import Anchor, decode_anchor

MAX_ANCHOR_BYTES = 64 * 1024


def read_anchor_word(text: str | None) -> Anchor | None:
    """An anchor from its text or from a file that holds it; None without one. Errors: AnchorError."""
    if not text:
        return None
    path = Path(text)
    try:
        is_file = path.is_file()
    except OSError:
        # A name too long for a file is the anchor itself.
        is_file = False
    if not is_file:
        return decode_anchor(text)
    with path.open("rb") as file:
        return decode_anchor(file.read(MAX_ANCHOR_BYTES).decode("ascii", "replace"))
