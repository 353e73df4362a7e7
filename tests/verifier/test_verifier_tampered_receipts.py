"""The second verifier says of each published receipt, good or tampered, what is stated."""

import base64
from typing import Any

import pytest

from tests.tampering.publish import apply_edits
from tests.tampering.test_receipt_vectors import GOOD, LISTED, read_good
from tests.verifier.node import ask_many, run_verifier

ROWS = [*GOOD.values(), *LISTED["tampered"]]


def _data(row: dict[str, Any]) -> bytes:
    return apply_edits(read_good(row["base"]), row["edits"]) if "edits" in row else read_good(row["name"])


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """By name of the vector, good ones with `good ` before it."""
    reader = ("anchor", "trusted", "now")
    questions = [
        {"ask": "receipt", "receipt": base64.b64encode(_data(row)).decode(), **{name: row[name] for name in reader}}
        for row in ROWS
    ]
    return dict(zip(map(_name, ROWS), ask_many(questions), strict=True))


def _name(row: dict[str, Any]) -> str:
    return row["name"] if "edits" in row else f"good {row['name']}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_vector__is_judged_as_stated(row: dict[str, Any], answers: dict[str, Any]) -> None:
    answer = answers[_name(row)]
    found = (answer["verdict"], answer["cause"] or "", answer["isFinal"], answer["height"], answer["vouched"])
    assert found == (row["verdict"], row["cause"], row["final"], row["height"], row["vouched"])


@pytest.mark.parametrize(
    ("name", "code"), [("truncated", 2), ("witness-denies", 3), ("choice-claimed", 1), ("stranger-denies", 0)]
)
def test_command__on_a_vector__gives_the_exit_code_of_its_verdict(name: str, code: int, tmp_path: Any) -> None:
    row = next(row for row in LISTED["tampered"] if row["name"] == name)
    file = tmp_path / "receipt.json"
    file.write_bytes(_data(row))
    assert run_verifier("receipt", file, "--anchor", row["anchor"], "--no-clock")[0] == code
