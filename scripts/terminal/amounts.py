"""Money as people write it: decimals of the currency, never more than it has."""

import re

from ledger.errors import BadInputError

FORM = re.compile(r"(\d{1,24})(?:\.(\d+))?")


class AmountError(BadInputError):
    """Text that is no amount of this currency."""

    type = "bad-amount"


def read_amount(text: str, exponent: int, what: str) -> int:
    """An amount in minor units, from text such as `12500` or `12500.50`.

    Errors  AmountError names `what`.
    """
    found = FORM.fullmatch(text)
    decimals = (found.group(2) or "") if found else ""
    if found is None or not text.isascii() or len(decimals) > exponent:
        raise AmountError(f"{what}: {text[:40]!r}, expected an amount with at most {exponent} decimals, such as 12500")
    return int(found.group(1) + decimals.ljust(exponent, "0"))


def show_amount(minor: int, exponent: int, currency: str = "") -> str:
    """An amount as people read it, thousands apart."""
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(exponent + 1, "0")
    whole, decimals = (digits[:-exponent], digits[-exponent:]) if exponent else (digits, "")
    return f"{sign}{int(whole):,}{'.' + decimals if decimals else ''} {currency}".strip()
