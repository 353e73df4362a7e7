"""Snapshots: a node that begins with one has what a node has that executed every block, and goes on from there."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from api.app import create_app
from ledger.bundle import parts
from ledger.chain.header import Header
from ledger.ports import Block, ChainReader
from ledger.primitives import Height, to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.handover_making import make_anchor
from ledger.proofs.slots import SEALERS_SLOT
from ledger.snapshot import state
from ledger.snapshot.state import iterate_rows
from ledger.system import SystemContract
from ledger.views.seals import BEGAN_ROW, check_seal
from node.execution.geth.engine import GethEngine
from node.execution.geth.process import GethOptions
from node.execution.pyevm.engine import StateNotKeptError
from node.folder import LedgerFolder, load_founding
from node.store.chain_reader import StoredChain
from node.store.lmdb_store import LmdbStore
from node.store.opening import StoredNodes
from scripts.founding.settings import load_settings
from scripts.network.snapshots import make_snapshot_file
from scripts.running.following import FollowerNode
from scripts.running.ledgers import open_ledger
from scripts.terminal.console import Output
from tests.engines import geth_binary
from tests.scripts.calling import run
from tests.scripts.network.snapshots import SNAPSHOT_AT, Shot, install, read_members
from tests.scripts.records.serving import serve_app
from tests.scripts.small_ledger import found_small

SLOT = (SystemContract.PERMISSIONS.address, [SEALERS_SLOT])


def rows_of(path: Path, prefixes: bytes) -> dict[bytes, bytes]:
    store = LmdbStore(path / "store", read_only=True)
    snapshot = store.snapshot()
    rows = {key: value for start in prefixes for key, value in snapshot.scan(bytes([start]), bytes([start + 1]))}
    snapshot.close()
    store.close()
    return rows


def state_of(path: Path, root: bytes) -> list[bytes]:
    store = LmdbStore(path / "store", read_only=True)
    rows = list(iterate_rows(StoredNodes(store), root))  # type: ignore[arg-type]
    store.close()
    return rows


def test_join__with_a_snapshot__has_the_rows_of_who_executed_every_block(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(made.path, tmp_path / "executed")
    words = ["node", "join", tmp_path / "f", "--anchor", made.anchor, "--snapshot", made.file]
    assert run(capsys, *words, "--follow", "http://127.0.0.1:9")[0] == 0
    found = rows_of(tmp_path / "f", b"btrkilsx")
    expected = rows_of(tmp_path / "executed", b"btrkilsx")
    with open_ledger(made.path) as ledger:
        header = ledger.chain.header(Height(SNAPSHOT_AT))
        newer = {to_hex(key) for key in expected} - {to_hex(key) for key in found}
    assert header is not None
    assert found.pop(b"x" + BEGAN_ROW) == SNAPSHOT_AT.to_bytes(8, "big")
    assert {key: expected.get(key) for key in found} == found
    # What is missing are the rows of the one newer block: header, body, receipts, hash, seal, one transaction, its log,
    # and two rows for each of two ballots.
    assert len(newer) == 11
    assert state_of(tmp_path / "f", header.state_root) == state_of(made.path, header.state_root)


def test_follower__begun_with_a_snapshot__goes_on_from_its_last_block(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "f"
    with open_ledger(made.path) as ledger, serve_app(create_app(ledger.services())) as url:
        words = ["node", "join", path, "--anchor", made.anchor, "--snapshot", made.file, "--follow", url]
        assert run(capsys, *words)[0] == 0
        node = FollowerNode(path, url, load_settings(path))
        assert node.chain.head().number == SNAPSHOT_AT
        assert node.catch_up() == 1
        with node:
            assert node.chain.head() == ledger.chain.head()
            assert node.chain.state().proof(*SLOT) == ledger.chain.state().proof(*SLOT)
            with pytest.raises(StateNotKeptError, match="block 3: its state is not kept here"):
                node.chain.state(Height(SNAPSHOT_AT - 1))
            chain_id = node.founding.chain_id
            seals = [check_seal(node.chain, chain_id, header) for header in _headers(node.chain)]
            assert seals == [check_seal(ledger.chain, chain_id, header) for header in _headers(ledger.chain)]


def test_status__of_a_directory_just_begun_with_a_snapshot__says_that_its_last_block_is_sealed(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["node", "join", tmp_path / "f", "--anchor", made.anchor, "--snapshot", made.file]
    assert run(capsys, *words, "--follow", "http://127.0.0.1:9")[0] == 0
    code, facts, _ = run(capsys, "node", "status", tmp_path / "f")
    assert (code, facts["height"], facts["seal"]) == (0, SNAPSHOT_AT, "sealed")


@pytest.mark.engine
def test_join__with_a_snapshot_for_geth__has_geth_execute_the_blocks_by_itself(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = geth_binary()
    words = ["node", "join", tmp_path / "f", "--anchor", made.anchor, "--snapshot", made.file]
    assert run(capsys, *words, "--follow", "http://127.0.0.1:9")[0] == 0
    _, genesis = load_founding(LedgerFolder(tmp_path / "f"))
    with (
        open_ledger(made.path) as ledger,
        closing(LmdbStore(tmp_path / "f" / "store")) as store,
        GethEngine.open(tmp_path / "geth", genesis, store, GethOptions(binary, cache_mib=64)) as geth,
    ):
        assert geth.head() == ledger.chain.header(Height(SNAPSHOT_AT))
        assert geth.state().proof(*SLOT) == ledger.chain.state(Height(SNAPSHOT_AT)).proof(*SLOT)
        assert geth.reader().state(Height(2)).proof(*SLOT) == ledger.chain.state(Height(2)).proof(*SLOT)


def without_states(path: Path) -> Path:
    """Leave a directory no state, as where geth executes."""
    kept = rows_of(path, bytes(range(256)).replace(b"n", b"").replace(b"\xff", b""))
    shutil.rmtree(path / "store")
    with closing(LmdbStore(path / "store")) as store:
        store.commit(kept)
    with (path / "ortaq.toml").open("a") as file:
        file.write('executor = "geth"\n')
    return path


def test_snapshot__of_a_directory_whose_states_geth_keeps__is_the_same_file(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(made.path, tmp_path / "elsewhere")
    path = without_states(tmp_path / "elsewhere")
    assert rows_of(path, b"n") == {}
    words = ["node", "snapshot", path, "--height", SNAPSHOT_AT, "--out", tmp_path / "again"]
    code, facts, _ = run(capsys, *words)
    assert (code, facts["last"]) == (0, SNAPSHOT_AT), facts
    assert (tmp_path / "again").read_bytes() == made.file.read_bytes()
    assert rows_of(path, b"n") == {}
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["again", "elsewhere"]


def test_snapshot__of_a_block_that_executes_otherwise_here__is_not_made(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made.path, tmp_path / "elsewhere")
    path = without_states(tmp_path / "elsewhere")
    original = StoredChain.block

    def altered(chain: StoredChain, height: Height) -> Block | None:
        block = original(chain, height)
        return block if block is None or height != 3 else Block(block.header, ())

    monkeypatch.setattr(StoredChain, "block", altered)
    code, facts, _ = run(capsys, "node", "snapshot", path, "--out", tmp_path / "again")
    assert (code, facts["type"]) == (1, "invalid-block"), facts
    assert [entry.name for entry in tmp_path.iterdir()] == ["elsewhere"]


def test_snapshot__made_by_who_began_with_one__is_the_same_file(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["node", "join", tmp_path / "f", "--anchor", made.anchor, "--snapshot", made.file]
    assert run(capsys, *words, "--follow", "http://127.0.0.1:9")[0] == 0
    assert run(capsys, "node", "snapshot", tmp_path / "f", "--out", tmp_path / "again")[0] == 0
    assert (tmp_path / "again").read_bytes() == made.file.read_bytes()


def test_snapshot__cut_into_many_members__installs_the_same(
    made: Shot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MEMBER_BYTES", 2_000)
    monkeypatch.setattr(parts, "PART_BLOCKS", 2)
    make_snapshot_file(made.path, tmp_path / "s", SNAPSHOT_AT, Output(quiet=True))
    monkeypatch.undo()
    members = read_members(tmp_path / "s")
    assert [name for name in members if name.startswith("blocks/")] == [f"blocks/{n:012}.rlp" for n in (0, 2, 4)]
    assert sum(name.startswith("state/") for name in members) > 10
    anchor = decode_anchor(made.anchor.read_text())
    store, installed = install((tmp_path / "s").read_bytes(), anchor)
    whole, expected = install(made.file.read_bytes(), anchor)
    assert installed == expected
    assert store._rows == whole._rows


def test_join__anchor_of_a_later_block__is_refused_and_leaves_nothing(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_ledger(made.path) as ledger:
        late = make_anchor(ledger.chain, ledger.founding.hash, Height(SNAPSHOT_AT + 1)).text
        at = make_anchor(ledger.chain, ledger.founding.hash, Height(SNAPSHOT_AT)).text
    words = ["node", "join", tmp_path / "f", "--snapshot", made.file, "--follow", "http://127.0.0.1:9", "--anchor"]
    code, facts, _ = run(capsys, *words, late)
    assert (code, facts["type"]) == (2, "bad-snapshot")
    assert "ends with block 4, expected one that ends with block 5 or later" in facts["detail"]
    assert list(tmp_path.iterdir()) == []
    assert run(capsys, *words, at)[0] == 0


def test_join__snapshot_of_another_ledger__is_refused(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = found_small(tmp_path / "other")
    words = ["node", "join", tmp_path / "f", "--snapshot", made.file, "--follow", "http://127.0.0.1:9"]
    assert run(capsys, *words, "--anchor", other / "anchor.txt")[1]["type"] == "wrong-ledger"
    code, facts, _ = run(capsys, *words, "--anchor", other / "anchor.txt", "--genesis", other / "genesis.json")
    assert (code, facts["type"], facts["what"]) == (1, "snapshot-differs", "snapshot: founding")
    assert not (tmp_path / "f").exists()


def test_join__as_a_member_of_what_one_sequencer_seals__is_refused_and_keeps_the_keys(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--organisation", "Town", "--endpoint", "127.0.0.1:26656"]
    assert run(capsys, "node", "keys", tmp_path / "m", *words)[0] == 0
    before = sorted(path.name for path in (tmp_path / "m").rglob("*"))
    code, facts, _ = run(capsys, "node", "join", tmp_path / "m", "--snapshot", made.file, "--anchor", made.anchor)
    assert (code, facts["type"]) == (3, "no-consensus-in-snapshot")
    assert sorted(path.name for path in (tmp_path / "m").rglob("*")) == before


@pytest.mark.parametrize("height", [0, SNAPSHOT_AT + 2, -1])
def test_snapshot__of_a_height_that_is_not_there__is_refused(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str], height: int
) -> None:
    words = ["node", "snapshot", made.path, "--out", tmp_path / "s", "--height", str(height)]
    code, facts, _ = run(capsys, *words)
    assert (code, facts["type"]) == (2, "bad-snapshot-height")
    assert list(tmp_path.iterdir()) == []


def test_snapshot__beside_no_folder_or_of_no_ledger__is_refused(
    made: Shot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "node", "snapshot", made.path, "--out", tmp_path / "no" / "s")[1]["type"] == "no-output-file"
    assert run(capsys, "node", "snapshot", tmp_path, "--out", tmp_path / "s")[1]["type"] == "no-ledger"
    words = ["node", "join", tmp_path / "f", "--anchor", made.anchor, "--snapshot", tmp_path / "none"]
    assert run(capsys, *words)[0] == 2


def _headers(chain: ChainReader) -> list[Header]:
    headers = [chain.header(Height(height)) for height in range(chain.head().number + 1)]
    return [header for header in headers if header is not None]
