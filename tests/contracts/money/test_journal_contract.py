"""Journal.vy: who may write, what an entry must be, what its events tell."""

from typing import Any

import pytest

from ledger.money.account import Account, AccountKind, fund_id
from ledger.money.recount import read_entries, recount
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Hash32, keccak256
from ledger.system import SystemContract
from ledger.voting.question import EffectKind
from tests.contracts.chain import START, Reverted, Sent, account, mock
from tests.contracts.money.town import CURRENCY, PARKS, SOURCE, Town, journal_logs, refused

POSTER = SystemContract.TREASURY.address
SOURCE_ROW = (int(AccountKind.SOURCE), SOURCE)
PARKS_ROW = (int(AccountKind.FUND), PARKS)
MAX = 2**127 - 1


def heading(**fields: Any) -> tuple[Any, ...]:
    known = {"currency": CURRENCY, "authority": ZERO_HASH, "purpose": encode_text("test"), "evidence": 0, "reverses": 0}
    return tuple((known | fields).values())


def post(town: Town, *lines: tuple[int, bytes, int], sender: bytes = POSTER, **fields: Any) -> Sent:
    return town.journal.send("post", heading(**fields), list(lines), sender=sender)


def give(amount: int) -> tuple[tuple[int, bytes, int], ...]:
    """Income of the parks fund."""
    return (*SOURCE_ROW, -amount), (*PARKS_ROW, amount)


def test_post__balanced_entry__moves_money_and_tells_all(town: Town) -> None:
    sent = post(town, *give(500), authority=keccak256(b"question"), evidence=3)
    assert sent.output == (1,)
    assert town.journal.read("entry_count") == 1
    assert town.held(AccountKind.FUND, PARKS) == 500
    assert town.held(AccountKind.SOURCE, SOURCE) == -500
    entry, first, second = (values for _, values in town.journal.events(sent))
    assert entry == {
        "number": 1,
        "authority": keccak256(b"question"),
        "evidence": 3,
        "currency": CURRENCY,
        "purpose": encode_text("test"),
        "reverses": 0,
        "lines": 2,
        "time": START,
    }
    assert first == {
        "entry": 1,
        "account": Account(AccountKind.SOURCE, SOURCE).id,
        "kind": 129,
        "key": SOURCE,
        "currency": CURRENCY,
        "amount": -500,
        "balance": -500,
    }
    assert (second["account"], second["balance"]) == (Account(AccountKind.FUND, PARKS).id, 500)


def test_account_id__kind_and_key__is_the_models(town: Town) -> None:
    for kind in AccountKind:
        assert town.journal.read("account_id", int(kind), PARKS) == Account(kind, PARKS).id


def test_post__three_entries__recounted_from_events_alone(town: Town) -> None:
    roads = (int(AccountKind.FUND), fund_id("roads"))
    sent = [
        post(town, *give(500)),
        post(town, (*PARKS_ROW, -200), (*roads, 150), (*SOURCE_ROW, 50)),
        post(town, (*PARKS_ROW, 200), (*roads, -150), (*SOURCE_ROW, -50), reverses=2),
    ]
    entries = read_entries(log for one in sent for log in journal_logs(town, one))
    books = recount(entries)
    assert [e.heading.reverses for e in entries] == [0, 0, 2]
    assert books.trial_balance(CURRENCY) == {
        Account(AccountKind.SOURCE, SOURCE): -500,
        Account(AccountKind.FUND, PARKS): 500,
    }
    assert books.total(CURRENCY) == 0


def test_post__two_currencies__balances_apart(town: Town) -> None:
    other = encode_text("KZT")
    post(town, *give(500))
    post(town, *give(7), currency=other)
    assert town.held(AccountKind.FUND, PARKS) == 500
    assert town.journal.read("balance_of", other, Account(AccountKind.FUND, PARKS).id) == 7


@pytest.mark.parametrize("sender", [account("stranger"), account("treasurer"), SystemContract.BALLOTS.address])
def test_post__not_the_treasury__refused(town: Town, sender: bytes) -> None:
    with refused("journal: not the treasury in force"):
        post(town, *give(1), sender=sender)


def test_post__treasury_replaced__only_the_new_one_writes(town: Town) -> None:
    newer = town.chain.deploy(mock("questions")).address
    data = town.directory.abi.encode_call("install", encode_text("Treasury"), newer, 0)
    kind = EffectKind.ENTRENCHED.value
    town.questions.send("run", 1, kind, town.directory.address, data, sender=account("stranger"))
    with refused("journal: not the treasury in force"):
        post(town, *give(1))
    post(town, *give(1), sender=newer)
    assert town.journal.read("entry_count") == 1


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "fewer than two lines"),
        (((*PARKS_ROW, 5),), "fewer than two lines"),
        (((*SOURCE_ROW, -5), (*PARKS_ROW, 4)), "lines do not add up to 0"),
        (((*PARKS_ROW, 5), (*SOURCE_ROW, 5)), "lines do not add up to 0"),
        (((*SOURCE_ROW, -5), (*PARKS_ROW, 5), (*SOURCE_ROW, 0)), "line of 0"),
        (((*SOURCE_ROW, -MAX - 1), (*PARKS_ROW, MAX + 1)), "amount over 2**127 - 1"),
        (((*SOURCE_ROW, -MAX - 1), (*PARKS_ROW, MAX), (*PARKS_ROW, 1)), "amount over 2**127 - 1"),
        (((*SOURCE_ROW, -MAX), (*SOURCE_ROW, -1), (*PARKS_ROW, MAX + 1)), "amount over 2**127 - 1"),
        (((*SOURCE_ROW, -(2**255)), (*PARKS_ROW, 1)), "amount over 2**127 - 1"),
        (((*PARKS_ROW, 2**255 - 1), (*SOURCE_ROW, 1)), "amount over 2**127 - 1"),
        (((*PARKS_ROW, -1), (*SOURCE_ROW, 1)), "takes 1 from an account that holds 0"),
        (((0, PARKS, -1), (*SOURCE_ROW, 1)), "no such kind of account"),
        (((128, PARKS, -1), (*SOURCE_ROW, 1)), "no such kind of account"),
    ],
)
def test_post__bad_lines__refused(town: Town, lines: tuple[Any, ...], reason: str) -> None:
    with refused(f"journal: {reason}"):
        post(town, *lines)
    assert town.journal.read("entry_count") == 0


def test_post__largest_amount__accepted_and_added_to(town: Town) -> None:
    post(town, *give(MAX))
    post(town, *give(MAX))
    assert town.held(AccountKind.FUND, PARKS) == 2 * MAX


def test_post__account_below_zero_between_lines__refused(town: Town) -> None:
    with refused("journal: takes 5 from an account that holds 0"):
        post(town, (*PARKS_ROW, -5), (*PARKS_ROW, 5))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"currency": ZERO_HASH}, "no currency"),
        ({"reverses": 1}, "reverses an entry that is not there"),
        ({"reverses": 2**256 - 1}, "reverses an entry that is not there"),
    ],
)
def test_post__bad_heading__refused(town: Town, fields: dict[str, Any], reason: str) -> None:
    with refused(f"journal: {reason}"):
        post(town, *give(1), **fields)


def test_post__later_kind_of_account__follows_its_highest_bit(town: Town) -> None:
    key = Hash32(keccak256(b"later"))
    post(town, (200, key, -9), (60, key, 9))
    with refused("journal: takes 10 from an account that holds 9"):
        post(town, (60, key, -10), (200, key, 10))


def test_post__more_lines_than_fit__refused(town: Town) -> None:
    lines = [(*SOURCE_ROW, -128), *[(*PARKS_ROW, 1)] * 128]
    with pytest.raises(Reverted):
        post(town, *lines)
    post(town, (*SOURCE_ROW, -127), *[(*PARKS_ROW, 1)] * 127)
    assert town.held(AccountKind.FUND, PARKS) == 127
