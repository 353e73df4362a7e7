"""The books followed from events agree with the contracts, and notice what does not add up."""

from dataclasses import replace

import pytest

from ledger.chain.receipt import Log
from ledger.money.account import Account, AccountKind, fund_id
from ledger.money.payment import PaymentState
from ledger.money.text import encode_text
from ledger.ports import ChainReader, LogFilter, PlacedLog
from ledger.primitives import Hash32, Height
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.books import Books, BooksChangedError
from ledger.views.flow import load_flow
from ledger.views.journal_record import JournalRecord
from ledger.views.money import UnknownFundError, UnknownPaymentError
from tests.api.town import FUND, HOSTILE_FUND, Town

NAMES = {fund_id(FUND): FUND, fund_id(HOSTILE_FUND): HOSTILE_FUND}
KEY = fund_id(FUND)


@pytest.fixture(scope="module")
def books(town: Town) -> Books:
    followed = Books(NAMES)
    followed.follow(town.chain, town.chain.head())
    return followed


def test_books__whole_chain__balance_without_a_difference(books: Books, town: Town) -> None:
    assert books.difference == ""
    assert books.total() == 0
    assert books.height == town.chain.head().number
    assert len(books.entries()) == read(town.chain.state(), SystemContract.JOURNAL, "entry_count")[0]


def test_books__every_account__holds_what_the_journal_says(books: Books, town: Town) -> None:
    state = town.chain.state()
    assert len(books.balances()) >= 7
    for account, held in books.balances().items():
        assert read(state, SystemContract.JOURNAL, "balance_of", encode_text("EUR"), account.id) == (held,)


def test_books__appropriations_and_payments__are_the_treasurys(books: Books, town: Town) -> None:
    state = town.chain.state()
    for view in books.appropriations(KEY):
        row = read(state, SystemContract.TREASURY, "appropriation", view.number)[0]
        assert (view.label, view.authority, view.fund, view.payee, view.amount, view.rest) == tuple(row)
        assert view.amount == view.rest + view.ordered + view.paid + view.released
    for number in range(1, books.payment_count + 1):
        view, row = books.payment(number), read(state, SystemContract.TREASURY, "payment", number)[0]
        assert (view.appropriation, view.amount, view.state, view.purpose, view.evidence, view.outcome) == tuple(row)[
            :6
        ]
    states = [books.payment(number).state for number in range(1, 5)]
    assert states == [PaymentState.SETTLED, PaymentState.REVERSED, PaymentState.ORDERED, PaymentState.FAILED]


def test_fund__any__adds_up(books: Books) -> None:
    for fund in books.funds():
        parts = (fund.balance, fund.undivided, fund.committed, fund.ordered, fund.paid)
        assert sum(parts) == fund.received
    assert [fund.name for fund in books.funds()] == [FUND, HOSTILE_FUND]


def test_fund__by_name_or_hex__is_the_same(books: Books) -> None:
    assert books.find_fund(FUND) == books.find_fund("0x" + KEY.hex()) == books.find_fund(KEY.hex().upper())
    with pytest.raises(UnknownFundError, match=FUND):
        books.find_fund("x" * 1000)
    for number in (0, 5):
        with pytest.raises(UnknownPaymentError):
            books.payment(number)


def test_flow__town__goes_from_greatest_to_least(books: Books) -> None:
    flow = load_flow(books, books.find_fund(FUND))

    assert [amount for _, amount in flow.sources] == [80_000, 45_000]
    assert [view.amount for view in flow.appropriations] == [40_000, 25_050, 10_000]
    assert [amount for _, _, amount in flow.payees] == [15_000]


def test_follow__block_by_block__is_the_same_as_at_once(books: Books, town: Town) -> None:
    slow = Books(NAMES)
    for height in range(town.chain.head().number + 1):
        header = town.chain.header(Height(height))
        assert header is not None
        slow.follow(town.chain, header)

    assert slow.balances() == books.balances()
    assert slow.funds() == books.funds()
    assert [slow.payment(n) for n in range(1, 5)] == [books.payment(n) for n in range(1, 5)]


def test_follow__another_chain__is_noticed(town: Town) -> None:
    followed = Books(NAMES)
    head = town.chain.head()
    followed.follow(town.chain, replace(head, gas_used=head.gas_used + 1))

    with pytest.raises(BooksChangedError):
        followed.follow(town.chain, head)


def journal_logs(chain: ChainReader) -> list[PlacedLog]:
    return list(chain.logs(LogFilter(Height(0), chain.head().number, SystemContract.JOURNAL.address)))


def test_recount__true_logs__have_no_difference(town: Town) -> None:
    record = JournalRecord()
    record.take(journal_logs(town.chain))

    assert record.difference == ""
    assert record.received[KEY] == 125_000


@pytest.mark.parametrize(
    ("word", "change", "expected"),
    [(2, 1, "do not add up"), (3, 1, "the event says"), (2, -5, "do not add up")],
)
def test_recount__altered_line__is_named(town: Town, word: int, change: int, expected: str) -> None:
    logs = journal_logs(town.chain)
    data = bytearray(logs[1].log.data)
    value = int.from_bytes(data[32 * word : 32 * word + 32], "big") + change
    data[32 * word : 32 * word + 32] = (value % 2**256).to_bytes(32, "big")
    logs[1] = replace(logs[1], log=Log(logs[1].log.address, logs[1].log.topics, bytes(data)))
    record = JournalRecord()

    record.take(logs)

    assert expected in record.difference
    assert record.difference.startswith("entry 1:")


def test_recount__entry_left_out__is_named(town: Town) -> None:
    record = JournalRecord()
    record.take(journal_logs(town.chain)[3:])

    assert record.difference == "entry 2: its number, expected 1"


def test_books__total_that_is_not_zero__is_a_difference(books: Books) -> None:
    broken = Books(NAMES)
    broken._journal.held[Account(AccountKind.PAYEE, Hash32(bytes(32)))] += 1

    assert broken.difference == "all accounts together hold 1, expected 0"
