"""The receipt page: one HTML file that judges a receipt by itself, built from `verifier/` by `make receipt-page`."""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape, unescape
from importlib.resources import files

from ledger.primitives import Address, to_hex

FILE_NAME = "receipt.html"
_BOX = r'(<textarea id="{}"[^>]*>)(</textarea>)'
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def receipt_page(receipt: bytes = b"", anchor: str = "", witnesses: Iterable[Address] = ()) -> bytes:
    """The page, with a receipt's file, an anchor and witnesses whom the reader trusts filled in where they are given.

    What is filled in stands in text boxes, as if it had been pasted; the page's script stays as it was built.
    """
    page = _fill(_built(), "receipt", receipt.decode("utf-8"))
    page = _fill(page, "witnesses", "\n".join(map(to_hex, witnesses)))
    return _fill(page, "anchor", anchor).encode("utf-8")


def page_policy() -> str:
    """The content security policy that the page gives itself: its script and style by their hashes."""
    found = _POLICY.search(_built())
    if found is None:
        raise ValueError(f"{FILE_NAME}: no content security policy")
    return unescape(found[1])


def _fill(page: str, box: str, text: str) -> str:
    if not text:
        return page
    filled, count = re.subn(_BOX.format(box), lambda m: f"{m[1]}{escape(text.strip())}{m[2]}", page, count=1)
    if count != 1:
        raise ValueError(f"{FILE_NAME}: no empty text box {box!r}")
    return filled


@lru_cache(maxsize=1)
def _built() -> str:
    return files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8")
