"""The journal in Python."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInputError
from ledger.money.account import Account, AccountKind
from ledger.money.errors import AmountError, OverdrawnError, UnbalancedEntryError
from ledger.money.journal import MAX_AMOUNT, Heading, Journal, Line
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, keccak256

PLN, KZT = encode_text("PLN"), encode_text("KZT")
SOURCE = Account(AccountKind.SOURCE, keccak256(b"council"))
PARKS, ROADS = (Account(AccountKind.FUND, keccak256(name)) for name in (b"parks", b"roads"))


@pytest.fixture
def books() -> Journal:
    journal = Journal()
    journal.post(Heading(PLN), [Line(SOURCE, -100), Line(PARKS, 100)])
    return journal


def test_post__balanced__moves_and_is_numbered(books: Journal) -> None:
    entry = books.post(Heading(PLN), [Line(PARKS, -30), Line(ROADS, 30)])
    assert entry.number == 2
    assert books.trial_balance(PLN) == {SOURCE: -100, PARKS: 70, ROADS: 30}
    assert books.total(PLN) == 0


def test_trial_balance__emptied_account__left_out(books: Journal) -> None:
    books.post(Heading(PLN, reverses=1), [Line(PARKS, -100), Line(SOURCE, 100)])
    assert books.trial_balance(PLN) == {}
    assert len(books.entries) == 2


def test_post__other_currency__kept_apart(books: Journal) -> None:
    books.post(Heading(KZT), [Line(SOURCE, -5), Line(PARKS, 5)])
    assert (books.balance(PLN, PARKS), books.balance(KZT, PARKS)) == (100, 5)
    with pytest.raises(OverdrawnError):
        books.post(Heading(KZT), [Line(PARKS, -6), Line(SOURCE, 6)])


@pytest.mark.parametrize(
    ("heading", "lines", "error"),
    [
        (Heading(PLN), [], UnbalancedEntryError),
        (Heading(PLN), [Line(PARKS, 1)], UnbalancedEntryError),
        (Heading(PLN), [Line(SOURCE, -1), Line(PARKS, 2)], UnbalancedEntryError),
        (Heading(PLN), [Line(SOURCE, -1), Line(PARKS, 1), Line(ROADS, 0)], AmountError),
        (Heading(PLN), [Line(SOURCE, -MAX_AMOUNT - 1), Line(PARKS, MAX_AMOUNT + 1)], AmountError),
        (Heading(PLN), [Line(PARKS, -101), Line(ROADS, 101)], OverdrawnError),
        (Heading(PLN), [Line(ROADS, -1), Line(ROADS, 1)], OverdrawnError),
        (Heading(ZERO_HASH), [Line(SOURCE, -1), Line(PARKS, 1)], BadInputError),
        (Heading(PLN, reverses=2), [Line(SOURCE, -1), Line(PARKS, 1)], BadInputError),
        (Heading(PLN), [Line(SOURCE, -128), *[Line(PARKS, 1)] * 128], BadInputError),
    ],
)
def test_post__refused__changes_nothing(
    books: Journal, heading: Heading, lines: list[Line], error: type[BadInputError]
) -> None:
    with pytest.raises(error):
        books.post(heading, lines)
    assert books.trial_balance(PLN) == {SOURCE: -100, PARKS: 100}
    assert len(books.entries) == 1


def test_overdrawn__error__names_account_amount_and_rest(books: Journal) -> None:
    with pytest.raises(OverdrawnError, match="takes 101, expected at most the rest, 100") as caught:
        books.post(Heading(PLN), [Line(PARKS, -101), Line(ROADS, 101)])
    assert caught.value.facts == {"account": "0x" + PARKS.id.hex(), "amount": 101, "rest": 100}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(-50, 50)), max_size=30))
def test_post__any_transfers__total_stays_zero_and_no_fund_below(moves: list[tuple[int, int, int]]) -> None:
    journal = Journal()
    accounts = (SOURCE, PARKS, ROADS)
    for giver, taker, amount in moves:
        try:
            journal.post(Heading(PLN), [Line(accounts[giver], -amount), Line(accounts[taker], amount)])
        except BadInputError:
            continue
    assert journal.total(PLN) == 0
    assert all(journal.balance(PLN, fund) >= 0 for fund in (PARKS, ROADS))
