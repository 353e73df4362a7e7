"""Anchors: every typing error is noticed."""

import base64
from dataclasses import replace

import pytest

from ledger.primitives import Address, Hash32, Height, Timestamp, keccak256
from ledger.proofs.anchor import FOR_EVER, Anchor, AnchorError, decode_anchor

ANCHOR = Anchor(Hash32(b"\x01" * 32), Height(5), Hash32(b"\x02" * 32), Hash32(b"\x03" * 32), Timestamp(1_700_000_000))


def test_anchor__with_line_breaks_and_capitals__reads_back() -> None:
    text = ANCHOR.text
    assert decode_anchor(f" {text[:20].upper()}\n{text[20:]} ") == ANCHOR


def test_anchor__witnesses__are_kept_in_order() -> None:
    first, second = Address(b"\x01" * 20), Address(b"\x02" * 20)
    anchor = Anchor(*[getattr(ANCHOR, name) for name in list(Anchor.__dataclass_fields__)[:5]], (second, first))
    assert decode_anchor(anchor.text).witnesses == (first, second)


@pytest.mark.parametrize("place", range(6, len(ANCHOR.text), 7))
def test_anchor__one_letter_altered__is_refused(place: int) -> None:
    text = ANCHOR.text
    letter = "a" if text[place] != "a" else "b"
    with pytest.raises(AnchorError):
        decode_anchor(text[:place] + letter + text[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "ortaq1", "ortaq2" + ANCHOR.text[6:], ANCHOR.text[:-3], ANCHOR.text + "aa", "ortaq1!!"]
)
def test_anchor__not_one__says_so(text: str) -> None:
    with pytest.raises(AnchorError, match="anchor"):
        decode_anchor(text)


@pytest.mark.parametrize("until", [0, 1_700_000_001, 2**64 - 1])
def test_anchor__end__reads_back_and_is_looked_at(until: int) -> None:
    anchor = decode_anchor(replace(ANCHOR, until=Timestamp(until)).text)
    assert anchor.until == until
    assert anchor.is_old(Timestamp(until)) is (until != 0)
    assert anchor.is_old(Timestamp(max(until, 1) - 1)) is False
    assert not replace(anchor, until=FOR_EVER).is_old(Timestamp(2**63))


def test_anchor__of_the_first_version__is_refused() -> None:
    """It had no end."""
    data = ANCHOR.encode()
    old = b"\x01" + data[1:113] + data[121:]
    text = "ortaq1" + base64.b32encode(old + keccak256(old)[:4]).decode().rstrip("=").lower()
    with pytest.raises(AnchorError, match="version: 1, expected 2"):
        decode_anchor(text)
