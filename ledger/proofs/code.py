"""Ballot codes: a short name for one signed ballot, for lists and for checking by hand."""

import re

from ledger.errors import BadInputError
from ledger.primitives import Hash32
from ledger.proofs.wordlist import words

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_FORM = re.compile(r"([a-z]+)-((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})")
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
"""What ten bits read as: a list of a question's codes may be long."""


class BallotCodeError(BadInputError):
    """Text that is no ballot code."""

    type = "bad-ballot-code"


def ballot_code(digest: Hash32) -> str:
    """Name a ballot by its EIP-712 digest.

    Shape   `word-XXXX-XXXX-XXXX-XXXX`: the digest's first 11 bits as a BIP-39 word, the next 80 in Crockford's base32.
    """
    bits = int.from_bytes(digest, "big") >> (256 - 91)
    groups = [f"{_PAIRS[bits >> at + 10 & 1023]}{_PAIRS[bits >> at & 1023]}" for at in (60, 40, 20, 0)]
    return f"{words()[bits >> 80]}-{'-'.join(groups)}"


def normalise_code(text: str) -> str:
    """Bring a typed code into its one form: Crockford's look-alikes (O, I, L) are read as digits.

    Errors  BallotCodeError.
    """
    word, _, letters = text.strip().lower().replace(" ", "-").partition("-")
    letters = letters.upper().translate(str.maketrans("OIL", "011"))
    code = f"{word}-{letters}"
    if not CODE_FORM.fullmatch(code) or any(c not in ALPHABET for c in letters.replace("-", "")):
        raise BallotCodeError(f"ballot code: {text!r}, expected the form word-XXXX-XXXX-XXXX-XXXX")
    return code
