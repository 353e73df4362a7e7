"""Both verifiers agree on good bundles and on each kind of tampering."""

import gzip
import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scripts.cli import main
from tests.api.town import find_town
from tests.tampering.publish import ANCHOR, GOOD, LIST, apply_edits
from tests.verifier.node import ask_many, run_verifier

VECTORS: list[dict[str, Any]] = json.loads(LIST.read_text())
EXECUTION = {"header.state", "execution.receipts"}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published good bundle."""
    path = tmp_path_factory.mktemp("bundles") / "good.bundle"
    path.write_bytes(gzip.decompress(GOOD.read_bytes()))
    return path


@pytest.fixture(scope="module")
def answers(good: Path) -> dict[str, Any]:
    """What the second verifier says of each published vector, by name."""
    data, anchor = good.read_bytes(), ANCHOR.read_text()
    questions = []
    for row in VECTORS:
        path = good.with_name(f"{row['name']}.bundle")
        path.write_bytes(apply_edits(data, row["edits"]))
        assert sha256(path.read_bytes()).hexdigest() == row["sha256"]
        questions.append({"ask": "audit", "bundle": str(path), "anchor": anchor})
    return {row["name"]: answer for row, answer in zip(VECTORS, ask_many(questions), strict=True)}


def _codes(answer: dict[str, Any]) -> set[str]:
    return {code for code, row in answer["checks"].items() if row["failed"]}


def _assert_holds(bundle: Path, anchor: object) -> dict[str, Any]:
    code, out, _ = run_verifier(bundle, "--anchor", anchor, "--json")
    answer: dict[str, Any] = json.loads(out)
    assert (code, answer["verdict"], answer["findings"]) == (0, "holds", [])
    assert set(answer["not_checked"]) == EXECUTION
    return answer


def test_published_bundle__with_its_anchor__holds(good: Path) -> None:
    assert len(_assert_holds(good, ANCHOR)["checks"]) > 55


def test_bundle_of_a_town__exported_now__holds(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    town = find_town(tmp_path_factory)
    copied = Path(shutil.copytree(town.ledger.path, tmp_path / "town"))
    out = tmp_path / "town.bundle"
    assert main(["export", "bundle", str(copied), "--out", str(out), "--quiet"]) == 0
    assert len(_assert_holds(out, town.ledger.anchor.text)["checks"]) > 55


def test_bundle__without_an_anchor_or_under_another_head__is_said(good: Path) -> None:
    code, out, _ = run_verifier(good, "--json")
    head = json.loads(out)
    assert (code, head["verdict"], head["anchored"]) == (3, "not anchored", False)
    assert run_verifier(good, "--anchor", ANCHOR, "--since", f"{head['last']}:{head['head']}")[0] == 0
    code, out, _ = run_verifier(good, "--since", f"{head['last'] - 1}:{head['head']}", "--json")
    assert (code, _codes(json.loads(out))) == (1, {"history.rewritten"})


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["name"])
def test_vector__of_each_kind__is_found(row: dict[str, Any], answers: dict[str, Any]) -> None:
    answer = answers[row["name"]]
    if row["executes"] and row["code"] in EXECUTION and answer["exit"] == 0:
        assert row["code"] in answer["not_checked"]
        return
    assert row["code"] in _codes(answer)
    assert answer["exit"] == row["exit"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        ((), 2, "Usage"),
        (("nowhere.bundle",), 2, "no such file"),
        (("nowhere.bundle", "--anchor", "ortaq1zzz"), 2, "anchor"),
        (("nowhere.bundle", "--colour"), 2, "unknown option"),
    ],
)
def test_command__wrong_arguments__are_refused(arguments: tuple[str, ...], exit_code: int, words: str) -> None:
    code, out, error = run_verifier(*arguments)
    assert (code, out) == (exit_code, "")
    assert words in error


def test_command__a_file_that_is_no_bundle__is_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "no.bundle"
    file.write_bytes(b"hello" * 1000)
    code, out, _ = run_verifier(file, "--json")
    answer = json.loads(out)
    assert (code, answer["verdict"], _codes(answer)) == (2, "unreadable", {"bundle.container"})
