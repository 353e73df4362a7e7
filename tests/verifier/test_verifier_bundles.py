"""Both verifiers agree on good bundles and on each kind of tampering."""

import gzip
import json
import random
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scripts.cli import main
from tests.api.town import find_town
from tests.tampering.draft import Draft, pack, pack_with_manifest
from tests.tampering.publish import ANCHOR, GOOD, LIST, apply_edits
from tests.tampering.test_tampering import codes_of
from tests.verifier.node import ask_many, run_verifier

pytestmark = pytest.mark.xdist_group("second verifier's bundles")
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


def test_bundle__one_byte_altered_and_the_manifest_fitted__both_find_it(good: Path) -> None:
    chance = random.Random(3)
    draft = Draft(good.read_bytes(), {})
    members = draft.members()
    folders = ("blocks", "receipts", "seals", "proofs", "genesis.json", "founding.json")
    places = [i for i, (name, _) in enumerate(members) if name.split("/")[0] in folders]
    questions, ours = [], []
    for n in range(24):
        changed = list(members)
        i = places[n % len(places)]
        content = bytearray(members[i][1])
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        changed[i] = (members[i][0], bytes(content))
        path = good.with_name(f"altered-{n}.bundle")
        path.write_bytes(pack_with_manifest(changed, draft.missing))
        questions.append({"ask": "audit", "bundle": str(path), "anchor": ANCHOR.read_text()})
        ours.append(codes_of(path.read_bytes(), path, executes=False))
    for answer, (exit_code, codes) in zip(ask_many(questions), ours, strict=True):
        assert answer["exit"] == exit_code > 0
        assert _codes(answer) & codes


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "many blocks": ("blocks/000000000000.rlp", lambda: b"\xc0" * 30_000_000),
    "many transactions": ("blocks/000000000000.rlp", lambda: b"\xfb\x01\x80\x00\x00" + b"\x80" * 25_165_824),
    "many receipts": ("receipts/000000000000.rlp", lambda: b"\xfb\x01\x80\x00\x00" + b"\xc0" * 25_165_824),
    "deep list": ("receipts/000000000000.rlp", lambda: b"\xc1" * 30_000_000 + b"\xc0"),
    "many seals": ("seals/000000000000.bin", lambda: bytes(60_000_000)),
    "many values": ("founding.json", lambda: b"[" + b"{}," * 15_000_000 + b"{}]"),
    "deep values": ("founding.json", lambda: b"[" * 30_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bundle__member_that_asks_for_much_memory__is_refused_within_bounds(name: str, good: Path) -> None:
    member, make = BOMBS[name]
    draft = Draft(good.read_bytes(), {})
    bomb = good.with_name("bomb.bundle")
    bomb.write_bytes(pack([(n, make() if n == member else content) for n, content in draft.members()]))
    code, out, _ = run_verifier(bomb, "--json", heap_mib=512)
    assert (code, json.loads(out)["verdict"]) == (2, "unreadable")


@pytest.mark.parametrize("source", ["/dev/zero", "/dev/urandom"])
def test_bundle__stream_without_end__is_refused_at_once(source: str) -> None:
    code, out, _ = run_verifier(source, "--json")
    assert (code, _codes(json.loads(out))) == (2, {"bundle.container"})


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
