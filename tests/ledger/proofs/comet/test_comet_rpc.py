"""Answers of CometBFT's RPC: what is read, and what is refused."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proofs.comet.rpc import read_instant, read_signed_header
from ledger.proofs.comet.wire import CommitError, Instant
from tests.ledger.proofs.comet.real import CASES, FOUR, Case

Answer = dict[str, Any]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_header__of_a_real_network__has_the_hash_that_was_voted_for(case: Case) -> None:
    voted = case.row["commit"]["signed_header"]["commit"]["block_id"]["hash"]
    assert case.signed.header.hash == bytes.fromhex(voted)
    assert case.signed.header.app_hash == case.block.hash


@given(st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2400-01-01")), st.integers(0, 999))
def test_instant__any__is_that_of_datetime(moment: datetime, rest: int) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}{rest:03d}"
    expected = Instant(int(moment.replace(tzinfo=UTC, microsecond=0).timestamp()), moment.microsecond * 1000 + rest)
    assert read_instant(text + "Z") == expected
    if expected.nanoseconds:
        assert read_instant(text.rstrip("0") + "Z") == expected


@pytest.mark.parametrize(
    "text", ["", "2026-11-22T15:50:01", "2026-11-22T15:50:01+01:00", "2026-11-22T15:50:01.1234567890Z"]
)
def test_instant__of_another_form__is_refused(text: str) -> None:
    with pytest.raises(CommitError, match="time"):
        read_instant(text)


def _row(answer: Answer, place: int = 0) -> Answer:
    signatures: list[Answer] = answer["signed_header"]["commit"]["signatures"]
    return signatures[place]


CHANGES: list[tuple[str, Callable[[Answer, list[Answer]], object]]] = [
    ("no commit", lambda a, _: a["signed_header"].pop("commit")),
    ("no field", lambda a, _: a["signed_header"]["header"].pop("data_hash")),
    ("no object", lambda a, _: a["signed_header"]["header"].update(version="11")),
    ("a list", lambda a, _: a["signed_header"].update(header=[])),
    ("protocol", lambda a, _: a["signed_header"]["header"]["version"].update(block="12")),
    ("short hash", lambda a, _: a["signed_header"]["header"].update(app_hash="00")),
    ("first header", lambda a, _: a["signed_header"]["header"]["last_block_id"].update(hash="")),
    ("height", lambda a, _: a["signed_header"]["commit"].update(height="1")),
    ("block", lambda a, _: a["signed_header"]["commit"]["block_id"].update(hash="00" * 32)),
    ("header", lambda a, _: a["signed_header"]["header"].update(app_hash="00" * 32)),
    ("flag", lambda a, _: _row(a).update(block_id_flag=4)),
    ("address", lambda a, _: _row(a).update(validator_address="00" * 20)),
    ("signature", lambda a, _: _row(a).update(signature="AAAA")),
    ("no base64", lambda a, _: _row(a).update(signature="?" * 88)),
    ("one too few", lambda a, _: a["signed_header"]["commit"]["signatures"].pop()),
    ("key type", lambda _, v: v[0]["pub_key"].update(type="tendermint/PubKeySecp256k1")),
    ("power", lambda _, v: v[0].update(voting_power="-1")),
    ("validators", lambda _, v: v.reverse()),
    ("no validators", lambda _, v: v.clear()),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
def test_answer__altered__is_refused(change: tuple[str, Callable[[Answer, list[Answer]], object]]) -> None:
    answer, validators = copy.deepcopy(FOUR.row["commit"]), copy.deepcopy(FOUR.row["validators"])
    change[1](answer, validators)
    with pytest.raises(CommitError):
        read_signed_header(answer, validators)


def test_answer__nil_vote__is_no_vote() -> None:
    answer = copy.deepcopy(FOUR.row["commit"])
    _row(answer).update(block_id_flag=3)
    assert read_signed_header(answer, FOUR.row["validators"]).commit.votes[0] is None
