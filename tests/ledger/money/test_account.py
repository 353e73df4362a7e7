"""Accounts and their words."""

import pytest

from ledger.errors import BadInputError
from ledger.money.account import Account, AccountKind, fund_id, numbered_key, split_numbered_key
from ledger.money.text import decode_text, encode_text
from ledger.primitives import Address, Hash32, keccak256, to_word

KEY = Hash32(keccak256(b"key"))
OWNER = Address(bytes(range(20)))


def test_id__kind_and_key__tagged_hash() -> None:
    assert Account(AccountKind.FUND, KEY).id == keccak256(keccak256(b"ortaq/account/1") + to_word(1) + KEY)


def test_id__other_kind_or_key__other_id() -> None:
    ids = {Account(kind, key).id for kind in AccountKind for key in (KEY, fund_id("parks"))}
    assert len(ids) == 2 * len(AccountKind)


@pytest.mark.parametrize("kind", [0, 128, 256, -1])
def test_account__kind_that_cannot_be__refused(kind: int) -> None:
    with pytest.raises(BadInputError, match=f"found {kind}, expected 1 to 255 and not 128"):
        Account(kind, KEY)


def test_account__short_key__refused() -> None:
    with pytest.raises(BadInputError, match="found 31 bytes"):
        Account(AccountKind.FUND, Hash32(KEY[:31]))


def test_may_be_negative__highest_bit__decides() -> None:
    assert [kind for kind in AccountKind if Account(kind, KEY).may_be_negative] == [AccountKind.SOURCE]
    assert Account(255, KEY).may_be_negative
    assert not Account(127, KEY).may_be_negative


def test_str__known_and_later_kinds__both_named() -> None:
    assert str(Account(AccountKind.PAYEE, KEY)) == f"payee 0x{KEY.hex()}"
    assert str(Account(60, KEY)) == f"kind 60 0x{KEY.hex()}"


def test_numbered_key__number__after_the_address() -> None:
    key = numbered_key(OWNER, 7)
    assert key == OWNER + bytes(11) + b"\x07"
    assert split_numbered_key(key) == (OWNER, 7)


@pytest.mark.parametrize("number", [-1, 2**96])
def test_numbered_key__number_that_does_not_fit__refused(number: int) -> None:
    with pytest.raises(BadInputError, match=f"found {number}"):
        numbered_key(OWNER, number)


@pytest.mark.parametrize("text", ["PLN", "instalment 1", "x" * 32])
def test_text__ascii__there_and_back(text: str) -> None:
    assert len(encode_text(text)) == 32
    assert decode_text(encode_text(text)) == text


@pytest.mark.parametrize("text", ["", "x" * 33, "zażółć", "a\nb", "a\0"])
def test_text__not_short_printable_ascii__refused(text: str) -> None:
    with pytest.raises(BadInputError, match="text: found"):
        encode_text(text)


@pytest.mark.parametrize("word", [bytes(32), KEY, b"a\0b".ljust(32, b"\0"), b"\xff" * 32])
def test_decode_text__word_without_text__shown_as_hex(word: bytes) -> None:
    assert decode_text(Hash32(word)) == "0x" + word.hex()
