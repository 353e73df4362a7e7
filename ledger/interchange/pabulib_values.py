"""Numbers, money and quotations in the cells of a Pabulib file."""

import re
from typing import NamedTuple

from ledger.errors import FileFormatError
from ledger.primitives import MinorUnits

NO_CURRENCY = "XXX"
"""ISO 4217's code for "no currency", used where a file names none."""

_COUNT = re.compile(r"[0-9]{1,15}")
_INTEGER = re.compile(r"(-?[0-9]{1,15})(?:\.0{1,15})?")
_MONEY = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,15}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")

# ISO 4217, table A.1: every code whose minor unit is not the usual hundredth.
_MINOR_UNIT_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: exponent for exponent, codes in _MINOR_UNIT_CODES.items() for code in codes.split()}


class Place(NamedTuple):
    """Where a value stands, to say so when it is bad."""

    path: str
    line: int
    field: str

    def error(self, found: str, expected: str) -> FileFormatError:
        """Make the error for a value at this place."""
        return FileFormatError(self.path, self.line, self.field, found, expected)


def quote(text: str) -> str:
    """Show text from a file in a message: escaped, cut at 60 characters, "nothing" when empty."""
    if not text:
        return "nothing"
    return repr(text) if len(text) <= 60 else f"{text[:60]!r}... ({len(text)} characters)"


def parse_count(text: str, place: Place) -> int:
    """Read a whole number of at least 0, ASCII digits only."""
    if _COUNT.fullmatch(text) is None:
        raise place.error(quote(text), "a whole number of 0 or more")
    return int(text)


def parse_integer(text: str, place: Place) -> int:
    """Read a whole number that may be negative and may be written as `5.0`."""
    match = _INTEGER.fullmatch(text)
    if match is None:
        raise place.error(quote(text), "a whole number of at most 15 digits")
    return int(match[1])


def parse_money(text: str, exponent: int, place: Place) -> MinorUnits:
    """Read an amount exactly, as minor units.

    Shape   decimal text of 0 or more: `75000`, `75000.0`, `0.05`; zeros behind the last minor digit are allowed.
    Units   the result is in 10**-exponent of the currency's unit.
    Errors  FileFormatError for a sign, a comma, an exponent, no digits, or a fraction finer than the minor unit.
    """
    match = _MONEY.fullmatch(text)
    if match is None:
        raise place.error(quote(text), "an amount of 0 or more in decimal digits, such as 75000 or 75000.50")
    fraction = match[2] or ""
    if fraction[exponent:].strip("0"):
        raise place.error(quote(text), f"at most {exponent} fractional digits in this currency")
    return MinorUnits(int(match[1] + fraction[:exponent].ljust(exponent, "0")))


def parse_currency(text: str, place: Place) -> tuple[str, int]:
    """Read an ISO 4217 code and give it with its minor-unit exponent (2 unless the standard says otherwise)."""
    if _CURRENCY.fullmatch(text) is None:
        raise place.error(quote(text), "a currency code of three capital letters (ISO 4217)")
    return text, _EXPONENTS.get(text, 2)
