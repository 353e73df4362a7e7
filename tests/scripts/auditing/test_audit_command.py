"""`ortaq audit`: verdicts, exit codes, and what it does with files that are none."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.bundle.tar import make_header
from ledger.primitives import Height, keccak256
from ledger.proofs.anchor import Anchor
from scripts.cli import main
from tests.api.town import Town, find_town
from tests.engines import geth_binary
from tests.tampering.draft import Draft


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return find_town(tmp_path_factory)


@pytest.fixture(scope="module")
def bundle(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("audit")
    folder = shutil.copytree(town.ledger.path, place / "town")
    assert main(["export", "bundle", str(folder), "--out", str(place / "town.bundle"), "--quiet"]) == 0
    return place / "town.bundle"


def audit(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["audit", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_audit__with_the_anchor__holds(town: Town, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = audit(capsys, str(bundle), "--anchor", town.ledger.anchor.text)
    assert (code, answer["verdict"], answer["anchored"], answer["independent"]) == (0, "holds", True, True)
    assert answer["findings"] == []
    head = town.chain.head()
    assert (answer["last"], answer["head"]) == (head.number, "0x" + head.hash.hex())
    # A rule that is never checked would hold of anything.
    assert all(row["checked"] > 0 for row in answer["checks"].values())
    assert len(answer["checks"]) > 60


def test_audit__without_an_anchor_or_beyond_it__not_anchored(
    town: Town, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(capsys, str(bundle))[0] == 3
    known = town.ledger.anchor
    later = Anchor(known.founding, Height(10**6), known.block_hash, known.sealers, known.issued, known.witnesses)
    code, answer = audit(capsys, str(bundle), "--anchor", later.text)
    assert (code, answer["verdict"]) == (3, "not anchored")


def test_audit__anchor_of_another_ledger__finding(town: Town, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = town.ledger.anchor
    other = Anchor(keccak256(b"x"), known.height, keccak256(b"y"), keccak256(b"z"), known.issued, known.witnesses)
    code, answer = audit(capsys, str(bundle), "--anchor", other.text)
    assert code == 1
    assert {finding["code"] for finding in answer["findings"]} == {"anchor.founding", "anchor.block", "anchor.sealers"}


def test_audit__since_an_earlier_one__holds_or_finds_rewritten_history(
    town: Town, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = ("--anchor", town.ledger.anchor.text)
    height = town.chain.head().number - 5
    header = town.chain.header(Height(height))
    assert audit(capsys, str(bundle), *anchor, "--since", f"{height}:0x{header.hash.hex()}")[0] == 0
    report = tmp_path / "audit.json"
    report.write_text(json.dumps({"last": height, "head": "0x" + header.hash.hex()}))
    assert audit(capsys, str(bundle), *anchor, "--since", str(report))[0] == 0
    for since in (f"{height}:0x{keccak256(b'x').hex()}", f"{height + 100}:0x{header.hash.hex()}"):
        code, answer = audit(capsys, str(bundle), *anchor, "--since", since)
        assert (code, [finding["code"] for finding in answer["findings"]]) == (1, ["history.rewritten"])
    assert main(["audit", str(bundle), "--since", "yesterday"]) == 2


def test_audit__a_finding__is_one_line_with_its_place(
    town: Town, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = Draft(bundle.read_bytes(), {duty: key.secret for duty, key in town.ledger.keys.items()})
    draft.blocks[4].seal, draft.blocks[5].seal = draft.blocks[5].seal, draft.blocks[4].seal
    bad = tmp_path / "bad.bundle"
    bad.write_bytes(draft.write())
    assert main(["audit", str(bad), "--anchor", town.ledger.anchor.text]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("block 4: seal.block: expected ") for line in lines) == 1


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b" + bytes(600), b"PK\x03\x04" + bytes(2000), bytes(4096)])
def test_audit__no_bundle__bad_input_and_nothing_written(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file"
    path.write_bytes(data)
    code, answer = audit(capsys, str(path))
    assert (code, answer["verdict"]) == (2, "unreadable")
    assert main(["audit", str(path)]) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_audit__ten_gigabytes_declared_in_a_sparse_file__refused_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    header = bytearray(make_header("bundle.json", 0))
    header[124:135] = b"77777777777"
    with path.open("wb") as file:
        file.write(header)
        file.truncate(10 * 2**30)
    code, answer = audit(capsys, str(path))
    assert (code, answer["code"]) == (2, "bundle.limit")


def test_audit__unknown_executor_or_no_file__bad_input(bundle: Path, tmp_path: Path) -> None:
    assert main(["audit", str(bundle), "--executor", "mine", "--quiet"]) == 2
    assert main(["audit", str(tmp_path / "none"), "--quiet"]) == 2


@pytest.mark.engine
def test_audit__by_geth__holds(town: Town, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    geth_binary()
    code, answer = audit(capsys, str(bundle), "--anchor", town.ledger.anchor.text, "--executor", "geth")
    assert (code, answer["executor"], answer["checks"]["header.state"]["checked"]) == (0, "geth", answer["last"] + 1)
