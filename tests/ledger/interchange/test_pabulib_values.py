"""Money to the last minor unit, and what messages quote."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FileFormatError
from ledger.interchange.pabulib_values import Place, parse_currency, parse_integer, parse_money, quote

PLACE = Place("town.pb", 7, "cost")


@given(st.integers(0, 10**15 - 1), st.integers(0, 4), st.data())
def test_money__any_decimal_text_of_the_currency__is_exact(units: int, exponent: int, data: st.DataObject) -> None:
    digits = data.draw(st.integers(0, exponent))
    fraction = data.draw(st.integers(0, 10**digits - 1))
    text = f"{units}.{fraction:0{digits}}" if digits else str(units)
    assert parse_money(text, exponent, PLACE) == Decimal(text).scaleb(exponent)


@given(st.text(max_size=20) | st.from_regex(r"-?[0-9]{0,17}[.,]?[0-9]{0,4}", fullmatch=True))
def test_money__any_text__is_exact_or_refused(text: str) -> None:
    try:
        amount = parse_money(text, 2, PLACE)
    except FileFormatError:
        return
    assert Decimal(text) * 100 == amount


@pytest.mark.parametrize(("text", "minor"), [("75000.0", 7_500_000), ("0.05", 5), ("007", 700), ("1.5000", 150)])
def test_money__usual_ways_of_writing__is_exact(text: str, minor: int) -> None:
    assert parse_money(text, 2, PLACE) == minor


@pytest.mark.parametrize(("code", "exponent"), [("EUR", 2), ("PLN", 2), ("KZT", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_currency__code__has_the_standard_exponent(code: str, exponent: int) -> None:
    assert parse_currency(code, PLACE) == (code, exponent)


@given(st.text(max_size=12) | st.from_regex(r"-?[0-9]{0,17}[.]?[0-9]{0,2}", fullmatch=True))
def test_integer__any_text__is_exact_or_refused(text: str) -> None:
    try:
        value = parse_integer(text, PLACE)
    except FileFormatError:
        return
    assert Decimal(text) == value


def test_quote__long_or_with_control_characters__is_short_and_escaped() -> None:
    assert quote("\x1b[2J") == r"'\x1b[2J'"
    assert quote("x" * 5000).endswith("... (5000 characters)")
    assert len(quote("x" * 5000)) < 100
