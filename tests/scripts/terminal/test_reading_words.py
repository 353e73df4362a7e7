"""What people type: addresses, amounts, choices, passphrases."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.voting.choice import decode_choice
from ledger.voting.form import BallotKind, ChoiceError, Form
from node.keys import PassphraseNeededError
from scripts.terminal.addresses import AddressError, read_address
from scripts.terminal.amounts import AmountError, read_amount, show_amount
from scripts.terminal.choices import read_choice
from scripts.terminal.passphrases import PassphraseError, known_passphrase, new_passphrase, read_passphrase

CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize("text", [CHECKSUMMED, CHECKSUMMED.lower(), "0x" + CHECKSUMMED[2:].upper()])
def test_address__good__is_read(text: str) -> None:
    assert read_address(text, "x").hex() == CHECKSUMMED[2:].lower()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "40 hex digits"),
        (CHECKSUMMED[2:], "40 hex digits"),
        (CHECKSUMMED[:-1], "40 hex digits"),
        (CHECKSUMMED + "00", "40 hex digits"),
        ("0x" + "zz" * 20, "40 hex digits"),
        ("0x" + " 5" * 20, "40 hex digits"),
        ("0x" + "00" * 20, "zero address"),
        (CHECKSUMMED.replace("aAeb", "AAeb"), "checksum"),
    ],
)
def test_address__bad__is_named(text: str, said: str) -> None:
    with pytest.raises(AddressError, match=said) as caught:
        read_address(text, "file.csv:3 account")
    assert "file.csv:3 account" in caught.value.detail


@pytest.mark.parametrize(
    ("text", "exponent", "minor"),
    [
        ("0", 2, 0),
        ("12500", 2, 1_250_000),
        ("12500.5", 2, 1_250_050),
        ("0.01", 2, 1),
        ("7", 0, 7),
        ("1.2345", 4, 12345),
    ],
)
def test_amount__good__is_minor_units(text: str, exponent: int, minor: int) -> None:
    assert read_amount(text, exponent, "cost") == minor


@pytest.mark.parametrize("text", ["", "-1", "1.", ".5", "1,000", "1.005", "1e3", " 1", "1 ", "0x1", "١", "1" * 25])
def test_amount__bad__is_refused(text: str) -> None:
    with pytest.raises(AmountError, match="cost"):
        read_amount(text, 2, "cost")


@given(st.integers(0, 10**20), st.integers(0, 4))
def test_amount__shown_and_read__comes_back(minor: int, exponent: int) -> None:
    assert read_amount(show_amount(minor, exponent).replace(",", ""), exponent, "x") == minor


def test_amount__shown__has_thousands_and_currency() -> None:
    assert show_amount(-123456789, 2, "EUR") == "-1,234,567.89 EUR"
    assert show_amount(5, 3) == "0.005"


APPROVAL = Form(BallotKind.APPROVAL, 9, 0, 3)
CUMULATIVE = Form(BallotKind.CUMULATIVE, 4, 1, 2, 1, 10, 1, 10)
IDS = ["park", "bus", "lamp", "7", "", "x", "y", "z", "w"]


@pytest.mark.parametrize(
    ("text", "options"),
    [("park", (1,)), (" bus , park ", (1, 2)), ("3,2", (2, 3)), ("7", (4,)), ("blank", ()), ("9,park", (1, 9))],
)
def test_choice__ids_and_numbers__are_options(text: str, options: tuple[int, ...]) -> None:
    assert decode_choice(APPROVAL, read_choice(text, APPROVAL, IDS)).options == options


def test_choice__ordinal__keeps_the_order_of_preference() -> None:
    form = Form(BallotKind.ORDINAL, 5, 1, 3)
    assert decode_choice(form, read_choice("4,1,2", form, [])).options == (4, 1, 2)


def test_choice__points__go_with_their_options() -> None:
    choice = decode_choice(CUMULATIVE, read_choice("lamp=3, park=7", CUMULATIVE, IDS[:4]))
    assert (choice.options, choice.points) == ((1, 3), (7, 3))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (APPROVAL, "nix"),
        (APPROVAL, "10"),
        (APPROVAL, "0"),
        (APPROVAL, ""),
        (APPROVAL, "park,,bus"),
        (APPROVAL, "park,park"),
        (APPROVAL, "1,2,3,4"),
        (APPROVAL, "park=3"),
        (APPROVAL, "٣"),
        (CUMULATIVE, "park"),
        (CUMULATIVE, "park="),
        (CUMULATIVE, "park=x"),
        (CUMULATIVE, "park=-1"),
        (CUMULATIVE, "park=11"),
        (CUMULATIVE, "park=6,bus=6"),
        (CUMULATIVE, "blank"),
    ],
)
def test_choice__bad__is_refused(form: Form, text: str) -> None:
    with pytest.raises(ChoiceError):
        read_choice(text, form, IDS[: form.options])


def test_passphrase__file__gives_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes("long enough пароль\r\nnot this".encode())
    assert read_passphrase(path) == "long enough пароль"
    assert read_passphrase(None) is None
    assert known_passphrase(path, "x") == new_passphrase(path, "x") == "long enough пароль"


@pytest.mark.parametrize("data", [b"", b"\nsecond line", b"\xff\xfe"])
def test_passphrase__file_without_one__is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "p"
    path.write_bytes(data)
    with pytest.raises(PassphraseError, match="p: "):
        read_passphrase(path)
    with pytest.raises(PassphraseError, match="cannot be read"):
        read_passphrase(tmp_path / "none")


def test_passphrase__short_or_without_a_terminal__is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p"
    path.write_text("short\n")
    with pytest.raises(PassphraseError, match="at least 8"):
        new_passphrase(path, "town")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(PassphraseNeededError, match="--passphrase-file"):
        new_passphrase(None, "town")
    assert known_passphrase(None, "town") is None


def test_passphrase__typed_twice__must_be_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    typed = iter(["one passphrase", "another one", "the same one", "the same one"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    with pytest.raises(PassphraseError, match="the two differ"):
        new_passphrase(None, "town")
    assert new_passphrase(None, "town") == "the same one"
