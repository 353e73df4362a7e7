"""`ortaq verify --report`: a voter says that she checked, and a server counts her."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from scripts.running.ledgers import open_ledger
from tests.scripts.calling import cast, run
from tests.scripts.records.serving import serve_app

KEY = "voters/seat-0.json"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with open_ledger(folder / "trial") as ledger, serve_app(create_app(ledger.services())) as url:
        yield url


@pytest.fixture
def receipt(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    return str(cast(capsys, 0, "park,lamp")[1]["receipt"])


def verify(capsys: pytest.CaptureFixture[str], receipt: str, *words: object) -> tuple[int, dict[str, Any]]:
    return run(capsys, "verify", receipt, "--anchor", "trial/anchor.txt", *words)[:2]


def test_report__counted_ballot__is_counted_once_and_published(
    folder: Path, receipt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(folder) as url:
        answers = [verify(capsys, receipt, "--report", url, "--key", KEY) for _ in range(2)]
        record = httpx.get(f"{url}/votes/1/checked.json").json()

    assert [(code, found["standing"], found["reported"]) for code, found in answers] == [(0, "counted", True)] * 2
    assert (record["checked"], record["turnout"]) == (1, 1)
    assert [row["seat"] for row in record["statements"]] == [0]
    assert (folder / "trial" / "statements").is_dir()


def test_report__without_being_asked__is_never_made(
    folder: Path, receipt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = verify(capsys, receipt)
    assert (code, "reported" in found) == (0, False)
    assert not (folder / "trial" / "statements").exists()


def test_report__ballot_that_was_replaced__is_not_sent(
    folder: Path, receipt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = json.loads((folder / receipt).read_bytes())
    assert first["ballot"]["sequence"] == 1
    cast(capsys, 0, "bus")
    (made,) = [file for file in folder.glob("ballot-*.json") if json.loads(file.read_bytes())["sequence"] == 1]
    run(capsys, "receipt", "make", "--ballot", made, "-o", "later.json")

    with serving(folder) as url:
        code, found = verify(capsys, "later.json", "--report", url, "--key", KEY)
        old_code, old = verify(capsys, receipt, "--report", url, "--key", KEY)

    assert (code, found["standing"], found["reported"]) == (1, "replaced", False)
    # Her old receipt says "counted as of its block"; the server knows better.
    assert (old_code, old["standing"], old["reported"]) == (3, "counted", False)
    assert "replaced" in old["report_problem"]


def test_report__unreachable_server__leaves_the_verdict_and_says_why(
    folder: Path, receipt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = verify(capsys, receipt, "--report", "http://127.0.0.1:1", "--key", KEY)
    assert (code, found["standing"], found["reported"]) == (3, "counted", False)
    assert found["report_problem"]


@pytest.mark.parametrize(
    "words",
    [
        ("--report", "http://127.0.0.1:1"),
        ("--key", KEY),
        ("--report", "trial", "--key", KEY),
        ("--report", "http://127.0.0.1:1", "--key", "voters/seat-1.json"),
    ],
)
def test_report__that_cannot_be_made__is_bad_input(
    folder: Path, receipt: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, found = verify(capsys, receipt, *words)
    assert (code, found["type"]) == (2, "bad-report")
