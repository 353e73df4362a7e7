"""`ortaq trace`: the whole way, from each of its points."""

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from scripts.cli import main
from tests.api.town import FUND, HOSTILE, Town, find_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return find_town(tmp_path_factory)


@pytest.fixture(scope="module")
def folder(town: Town, tmp_path_factory: pytest.TempPathFactory) -> str:
    return shutil.copytree(town.ledger.path, str(tmp_path_factory.mktemp("copy") / "town"))


@pytest.fixture
def trace(folder: str, capsys: pytest.CaptureFixture[str]):
    def run(*words: str) -> dict[str, Any]:
        assert main(["trace", *words, "--ledger", folder, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def points(nodes: list[dict[str, Any]]) -> list[str]:
    """Kinds of all nodes, in their order."""
    return [kind for node in nodes for kind in (node["kind"], *points(node.get("children", [])))]


def test_trace__settled_payment__from_income_to_payee_with_every_document(trace) -> None:
    found = trace("payment", "1")
    assert points(found["origin"]) == [
        *("appropriation", "vote", "fund", "income", "evidence", "income", "evidence"),
        "evidence",
    ]
    assert points(found["outcome"]) == ["payee", "evidence"]
    assert "settled" in found["at"]["title"]


def test_trace__fund__every_payment_of_it_once(trace) -> None:
    found = trace("fund", FUND)
    assert points(found["outcome"]).count("payment") == 4
    assert points(found["origin"]) == ["income", "evidence", "income", "evidence"]


def test_trace__payee__his_payments_and_where_they_come_from(trace) -> None:
    payee = trace("payment", "1")["at"]["facts"]["payee"]
    found = trace("payee", payee)
    assert points(found["origin"]).count("payment") == 2
    assert "150.00 EUR paid" in found["at"]["title"]


def test_trace__document__leads_to_its_payment(trace) -> None:
    found = trace("evidence", "4")
    assert points(found["outcome"])[0] == "payment"
    assert points(found["origin"]) == ["author"]


def test_trace__ballot__leads_to_what_its_vote_paid(trace, town: Town) -> None:
    found = trace("ballot", town.code(town.final))
    assert points(found["outcome"]).count("payment") == 4
    assert found["at"]["facts"]["final"] is True


@pytest.mark.parametrize(
    "words", [("payment", "99"), ("payment", "../x"), ("fund", "none"), ("payee", "nobody"), ("house", "1")]
)
def test_trace__what_is_not_there__bad_input(words: tuple[str, str], folder: str) -> None:
    assert main(["trace", *words, "--ledger", folder, "--json"]) == 2


def test_trace__picture__is_svg_in_which_names_stay_text(folder: str, tmp_path: Path) -> None:
    out = tmp_path / "way.svg"
    assert main(["trace", "fund", FUND, "--ledger", folder, "--svg", str(out), "--quiet"]) == 0
    text = out.read_text()
    assert HOSTILE not in text
    root = ElementTree.fromstring(text)  # noqa: S314  # the project's own picture
    assert HOSTILE in "".join(root.itertext())
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "title", "rect", "circle", "text"}
