"""The second count: books from events, and what is said of events that do not hold together."""

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode

from ledger.abi import AbiError, contract
from ledger.chain.receipt import Log
from ledger.errors import CheckFailedError
from ledger.money.account import Account, AccountKind
from ledger.money.errors import BooksDifferError
from ledger.money.journal import Heading, Line
from ledger.money.recount import PostedEntry, PostedLine, read_entries, recount
from ledger.money.text import encode_text
from ledger.primitives import Hash32, Timestamp, keccak256, to_word
from ledger.system import SystemContract

PLN = encode_text("PLN")
SOURCE = Account(AccountKind.SOURCE, keccak256(b"council"))
PARKS, ROADS = (Account(AccountKind.FUND, keccak256(name)) for name in (b"parks", b"roads"))


def posted(number: int, *rows: tuple[Account, int, int], **heading: Any) -> PostedEntry:
    """An entry; rows are account, amount, balance."""
    lines = tuple(PostedLine(Line(a, amount), a.id, PLN, balance) for a, amount, balance in rows)
    return PostedEntry(number, Heading(PLN, **heading), Timestamp(1_800_000_000 + number), len(lines), lines)


FIRST = posted(1, (SOURCE, -100, -100), (PARKS, 100, 100), evidence=1)
SECOND = posted(2, (PARKS, -40, 60), (ROADS, 40, 40), purpose=encode_text("roads"))


def logs_of(entry: PostedEntry) -> list[Log]:
    """The events of an entry, encoded by hand."""
    abi, h = contract("Journal"), entry.heading
    journal = SystemContract.JOURNAL.address
    topics = (abi.topic("Entry"), Hash32(to_word(entry.number)), h.authority, Hash32(to_word(h.evidence)))
    values = [h.currency, h.purpose, h.reverses, entry.count, entry.time]
    logs = [Log(journal, topics, abi_encode(["bytes32", "bytes32", "uint256", "uint256", "uint256"], values))]
    for row in entry.lines:
        account = row.line.account
        topics = (abi.topic("Line"), Hash32(to_word(entry.number)), row.account_id, Hash32(to_word(account.kind)))
        values = [account.key, row.currency, row.line.amount, row.balance]
        logs.append(Log(journal, topics, abi_encode(["bytes32", "bytes32", "int256", "int256"], values)))
    return logs


def changed(entry: PostedEntry, line: int, **fields: Any) -> PostedEntry:
    lines = list(entry.lines)
    lines[line] = replace(lines[line], **fields)
    return replace(entry, lines=tuple(lines))


def test_read_entries__events_in_order__the_entries() -> None:
    assert read_entries([*logs_of(FIRST), *logs_of(SECOND)]) == [FIRST, SECOND]


def test_read_entries__line_of_another_entry__refused() -> None:
    with pytest.raises(BooksDifferError, match="line after the lines of entry"):
        read_entries([*logs_of(FIRST), logs_of(SECOND)[1]])
    with pytest.raises(BooksDifferError, match="line after the lines of entry"):
        read_entries(logs_of(FIRST)[1:])


def test_read_entries__event_of_another_contract__refused() -> None:
    with pytest.raises(AbiError, match="expected one of its events"):
        read_entries([Log(SystemContract.TREASURY.address, (contract("Treasury").topic("Received"),), b"")])


def test_recount__honest_events__balances() -> None:
    books = recount([FIRST, SECOND])
    assert books.trial_balance(PLN) == {SOURCE: -100, PARKS: 60, ROADS: 40}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([SECOND], "number: found 2, expected 1"),
        ([FIRST, FIRST], "number: found 1, expected 2"),
        ([FIRST, replace(SECOND, number=3)], "number: found 3, expected 2"),
        ([replace(FIRST, count=3)], "lines: found 2, expected 3"),
        ([changed(FIRST, 1, balance=101)], "balance of fund .*: found 101, expected 100"),
        ([changed(FIRST, 1, account_id=ROADS.id)], "account: found"),
        ([changed(FIRST, 1, currency=encode_text("KZT"))], "currency: found"),
        ([posted(1, (SOURCE, -100, -100), (PARKS, 99, 99))], "add up to -1"),
        ([posted(1, (SOURCE, -100, -100), (PARKS, 100, 100), reverses=1)], "reverses: found 1"),
        ([FIRST, posted(2, (PARKS, -140, -40), (ROADS, 140, 140))], "takes 140, expected at most the rest, 100"),
    ],
)
def test_recount__events_that_do_not_hold_together__said_which(entries: list[PostedEntry], said: str) -> None:
    with pytest.raises(CheckFailedError, match=said):
        recount(entries)
