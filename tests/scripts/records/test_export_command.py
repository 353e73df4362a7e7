"""`ortaq export bundle`: the same bytes from a directory, from a URL, and after a kill."""

import io
import json
import shutil
import time
from pathlib import Path

import pytest

from api.app import create_app
from ledger.bundle.documents import decode_facts, decode_manifest
from ledger.bundle.names import Kind
from ledger.bundle.reading import Bundle
from node.watchdog.alarms import AlarmBook, Code
from scripts.cli import main
from scripts.records.bundles import ENDING
from scripts.running.ledgers import open_ledger
from scripts.watching.watch import WatchOptions, open_watch
from tests.api.town import Town, find_town
from tests.scripts.records.serving import serve_app


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return find_town(tmp_path_factory)


@pytest.fixture(scope="module")
def folder(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the town's directory: its own store is open in this process already."""
    return Path(shutil.copytree(town.ledger.path, tmp_path_factory.mktemp("copy") / "town"))


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("bundle") / "town.bundle"
    assert main(["export", "bundle", str(folder), "--out", str(out), "--quiet"]) == 0
    assert not out.with_name(out.name + ENDING).exists()
    return out.read_bytes()


def test_export__a_town__holds_its_chain_and_evidence(town: Town, whole: bytes) -> None:
    bundle = Bundle(io.BytesIO(whole))
    facts = decode_facts(bundle.content("bundle.json"))
    head = town.chain.head()
    assert (facts.last, facts.head) == (head.number, head.hash)
    assert bundle.content("genesis.json") == town.ledger.folder.genesis.read_bytes()
    # What nobody holds is named, and what is there is there.
    assert len(decode_manifest(bundle.content("manifest.json")).missing) == 1
    assert len(list(bundle.of_kind(Kind.EVIDENCE))) > 5


def test_export__from_a_url__same_bytes(folder: Path, whole: bytes, tmp_path: Path) -> None:
    out = tmp_path / "town.bundle"
    with open_ledger(folder) as opened, serve_app(create_app(opened.services())) as url:
        assert main(["export", "bundle", url, "--out", str(out), "--quiet"]) == 0
    assert out.read_bytes() == whole


def test_export__from_a_watchdogs_directory__same_bytes(town: Town, folder: Path, whole: bytes, tmp_path: Path) -> None:
    out, watched = tmp_path / "town.bundle", tmp_path / "watch"
    with open_ledger(folder) as opened, serve_app(create_app(opened.services())) as url:
        options = WatchOptions(town.ledger.anchor, (url,), watched)
        with open_watch(options, AlarmBook(time.time)) as watch:
            watch.check_once()
            (absent,) = watch.common.alarms.active
    assert absent.code is Code.EVIDENCE_MISSING
    assert main(["export", "bundle", str(watched), "--out", str(out), "--quiet"]) == 0
    assert out.read_bytes() == whole


@pytest.mark.parametrize("share", [0.0, 0.1, 0.234, 0.24, 0.3, 0.33, 0.36, 0.7, 0.98, 1.0])
def test_export__killed_at_any_place__goes_on_to_the_same_bytes(
    folder: Path, whole: bytes, tmp_path: Path, share: float
) -> None:
    out = tmp_path / "town.bundle"
    out.with_name(out.name + ENDING).write_bytes(whole[: int(len(whole) * share)])
    assert main(["export", "bundle", str(folder), "--out", str(out), "--quiet"]) == 0
    assert out.read_bytes() == whole


def test_export__what_stands_there_is_of_another_ledger__begins_anew(
    folder: Path, whole: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "town.bundle"
    other = whole.replace(b'"last":', b'"last":1')
    out.with_name(out.name + ENDING).write_bytes(other)
    assert main(["export", "bundle", str(folder), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["resumed"] == 0
    assert out.read_bytes() == whole


def test_export__no_folder_for_the_file__refused(folder: Path, tmp_path: Path) -> None:
    assert main(["export", "bundle", str(folder), "--out", str(tmp_path / "no" / "file"), "--quiet"]) == 2
    assert main(["export", "bundle", str(folder), "--out", str(tmp_path), "--quiet"]) == 2
    assert list(tmp_path.iterdir()) == []
