"""Ballot files: written for their voter alone, read strictly."""

import json
from pathlib import Path

import pytest

from ledger.errors import FileFormatError
from ledger.primitives import Address, Hash32
from ledger.voting.ballot import Ballot, domain_separator, sign_ballot
from scripts.voting.ballotfile import BallotFile, load_ballot_file, save_ballot
from tests.scripts.small_ledger import voter_key

CONTRACT = Address(b"\x11" * 20)


def ballot() -> BallotFile:
    signed = sign_ballot(domain_separator(7, CONTRACT), Ballot(Hash32(b"\x05" * 32), 3, 1, b"\x02"), voter_key(3))
    return BallotFile(7, CONTRACT, 9, signed)


def test_file__saved_and_loaded__is_the_same_and_private(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    save_ballot(path, ballot())
    assert load_ballot_file(path) == ballot()
    assert path.stat().st_mode & 0o077 == 0
    assert ballot().code == load_ballot_file(path).code
    assert load_ballot_file(path).message()["choice"] == "0x02"


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("format", "ortaq ballot 2", "ortaq ballot 1"),
        ("seat", -1, "seat"),
        ("seat", 2**32, "seat"),
        ("sequence", 256, "sequence"),
        ("sequence", "1", "sequence"),
        ("choice", "02", "choice"),
        ("signature", "0x00", "signature"),
        ("contract", "0x" + "11" * 19, "contract"),
        ("stray", 1, "stray"),
    ],
)
def test_file__member_of_another_form__is_named(tmp_path: Path, member: str, value: object, said: str) -> None:
    path = tmp_path / "b.json"
    save_ballot(path, ballot())
    path.write_text(json.dumps({**json.loads(path.read_text()), member: value}))
    with pytest.raises(FileFormatError, match=said):
        load_ballot_file(path)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"{}", b"[" * 10_000, b" " * 20_000])
def test_file__no_ballot__is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(data)
    with pytest.raises(FileFormatError, match=r"b\.json"):
        load_ballot_file(path)
