"""Founding a directory: whole or not at all."""

from pathlib import Path

import pytest

from ledger.access.validators import Validator
from ledger.chain.genesis_file import parse_genesis
from ledger.errors import BadInputError, FileFormatError
from ledger.founding.constitution import Duty, parse_constitution
from ledger.primitives import Address, Height, Timestamp
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.handover_making import make_anchor
from ledger.proofs.seal import SealKind, sealer_set
from ledger.proofs.succession import RecoveryError
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.people import load_duties
from ledger.views.seals import load_recovery, load_sealers
from ledger.views.validators import load_validators
from node.folder import LedgerFolder, load_founding
from node.founding import ENTRIES
from node.keys import list_keys
from scripts.founding.act import DirectoryTakenError, Founded, found_ledger
from scripts.founding.inception import SHIPPED, read_constitution
from scripts.running.ledgers import open_ledger
from tests.scripts.small_ledger import REPLAY_TEXT

TIME = Timestamp(1_767_225_600)


def held_keys(text: bytes) -> dict[str, Address]:
    """An address for every role that the text has."""
    roles = parse_constitution(text, "text").roles
    return {role: Address(bytes([n]) * 20) for n, role in enumerate(roles, 1)}


def found(path: Path, text: bytes = REPLAY_TEXT, **options: object) -> Founded:
    return found_ledger(path, text, text_path="text", time=TIME, **options)


def test_found__directory__holds_everything_and_can_be_read_at_once(tmp_path: Path) -> None:
    founded = found(tmp_path / "deep" / "ledger")
    names = {path.name for path in founded.folder.path.iterdir()}
    assert names == {
        "anchor.txt",
        "evidence",
        "founding.json",
        "founding.toml",
        "genesis.json",
        "keys",
        "ortaq.toml",
        "store",
    }
    assert founded.folder.constitution.read_bytes() == REPLAY_TEXT
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["ledger"]
    with open_ledger(founded.folder.path) as opened:
        assert opened.chain.head().hash == founded.genesis.header.hash
        assert opened.anchor == founded.anchor


def test_found__anchor__is_of_the_first_block_and_its_sealer(tmp_path: Path) -> None:
    founded = found(tmp_path / "ledger")
    anchor = decode_anchor(founded.folder.anchor.read_text())
    genesis = parse_genesis(founded.folder.genesis.read_text())
    sealers = sealer_set(SealKind.SOLO, [(founded.act.holder("sealer"), 1)])
    assert (anchor.height, anchor.block_hash, anchor.issued) == (0, genesis.header.hash, TIME)
    assert anchor.sealers == sealers.hash


def test_found__state__names_duties_entries_and_sealer(tmp_path: Path) -> None:
    founded = found(tmp_path / "ledger")
    with open_ledger(founded.folder.path) as opened:
        state = opened.chain.state()
        held = {view.account: view.duties for view in load_duties(state)}
        for duty in (Duty.REGISTRAR, Duty.RELAY, Duty.RETURNING_OFFICER, Duty.TREASURER):
            assert held[founded.act.holder(duty)] == (duty,)
        assert read(state, SystemContract.PERMISSIONS, "entry_count")[0] == len(ENTRIES)
        assert read(state, SystemContract.PERMISSIONS, "sealer")[0] == founded.act.holder("sealer")
        assert read(state, SystemContract.CONSTITUTION, "founding")[0] == founded.act.hash


def test_found__twice_from_one_text__makes_two_ledgers(tmp_path: Path) -> None:
    first, second = found(tmp_path / "a"), found(tmp_path / "b")
    assert first.genesis.chain_id != second.genesis.chain_id
    assert first.act.hash != second.act.hash


def test_found__keys_held_elsewhere__are_not_made(tmp_path: Path) -> None:
    held = held_keys(REPLAY_TEXT)
    founded = found(tmp_path / "ledger", held=held)
    assert list_keys(founded.folder.keys) == []
    assert {key.duty: key.address for key in founded.act.keys} == held


def test_found__one_key_for_two_duties__gets_both_quotas(tmp_path: Path) -> None:
    both = Address(b"\x07" * 20)
    founded = found(tmp_path / "ledger", held={"registrar": both, "relay": both})
    with open_ledger(founded.folder.path) as opened:
        mask, quota = read(opened.chain.state(), SystemContract.PERMISSIONS, "duty_of", both)
    assert (mask, quota) == (0b11, 120_000_000)


@pytest.mark.parametrize("entry", ["file", "ledger"])
def test_found__directory_that_holds_something__is_left_as_it_is(tmp_path: Path, entry: str) -> None:
    path = tmp_path / "ledger"
    if entry == "file":
        path.mkdir()
        (path / "mine").write_text("x")
    else:
        found(path)
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    with pytest.raises(DirectoryTakenError, match="not empty"):
        found(path)
    assert sorted(str(p) for p in tmp_path.rglob("*")) == before


def test_found__empty_directory__is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ledger").mkdir()
    monkeypatch.chdir(tmp_path / "ledger")
    assert found(Path()).folder.exists()
    load_founding(LedgerFolder(tmp_path / "ledger"))
    assert not list(tmp_path.rglob("*.new"))


def test_found__failure_in_an_empty_directory__leaves_it_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "ledger").mkdir()
    monkeypatch.setattr("scripts.founding.act.dump_genesis", fail)
    with pytest.raises(OSError, match="No space"):
        found(tmp_path / "ledger")
    assert list((tmp_path / "ledger").iterdir()) == []


@pytest.mark.parametrize("place", ["save_key", "dump_genesis", "_write_store", "publish_folder"])
def test_found__failure_while_writing__leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"scripts.founding.act.{place}", fail)
    with pytest.raises(OSError, match="No space"):
        found(tmp_path / "ledger")
    assert list(tmp_path.iterdir()) == []


def test_found__name_not_confirmed_durable__ledger_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_above(folder: Path) -> None:
        if folder == tmp_path:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("node.files.sync_folder", fail_above)
    with pytest.raises(OSError, match="No space"):
        found(tmp_path / "ledger")
    load_founding(LedgerFolder(tmp_path / "ledger"))


def test_found__unknown_role_or_bad_text__writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such role"):
        found(tmp_path / "ledger", held={"king": Address(bytes(20))})
    with pytest.raises(FileFormatError, match="text"):
        found(tmp_path / "ledger", REPLAY_TEXT.replace(b"roll.minimum", b"roll.maximum"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_found__each_shipped_constitution__founds(tmp_path: Path, name: str) -> None:
    text, _ = read_constitution(name)
    assert found(tmp_path / name, text, held=held_keys(text)).genesis.chain_id


def test_found__town__names_recovery_keys_and_an_end_of_its_anchor(tmp_path: Path) -> None:
    text, _ = read_constitution("town")
    held = held_keys(text)
    founded = found(tmp_path / "town", text, held=held)
    with open_ledger(founded.folder.path) as opened:
        state = opened.chain.state()
        recovery = load_recovery(state)
        assert recovery is not None
        assert (recovery.threshold, recovery.silence) == (2, 1_209_600)
        assert set(recovery.keys) == {held[f"recovery{number}"] for number in (1, 2, 3)}
        assert founded.anchor.until == TIME + read(state, SystemContract.PERMISSIONS, "trust_period")[0]
        assert make_anchor(opened.chain, founded.act.hash, Height(0)) == founded.anchor
    assert decode_anchor(founded.folder.anchor.read_text()) == founded.anchor


def test_found__one_key_for_two_recoveries__is_refused(tmp_path: Path) -> None:
    text, _ = read_constitution("town")
    held = {**held_keys(text), "recovery2": held_keys(text)["recovery1"]}
    with pytest.raises(RecoveryError, match="twice"):
        found(tmp_path / "town", text, held=held)
    assert list(tmp_path.iterdir()) == []


def test_found__by_validators__they_seal_and_the_founding_hash_names_them(tmp_path: Path) -> None:
    validators = [Validator(bytes([n]) * 32, 10, bytes([n]) * 32, f"peer-{n}.example:26656") for n in range(1, 5)]
    nodes = [bytes([n]) * 20 for n in range(1, 5)]
    founded = found(tmp_path / "ledger", validators=validators, nodes=nodes)
    others = found(tmp_path / "others", validators=validators[:3])
    assert {key.duty for key in founded.act.keys} >= {f"validator{n}" for n in range(1, 5)}
    assert "sealer" not in {key.duty for key in founded.act.keys}
    assert not (founded.folder.keys / "sealer.json").exists()
    assert founded.act.sealers != others.act.sealers
    with open_ledger(founded.folder.path) as opened:
        state = opened.chain.state()
        assert set(load_validators(state)) == set(validators)
        assert load_sealers(state).hash == founded.anchor.sealers == founded.act.sealers.hash
        assert read(state, SystemContract.PERMISSIONS, "is_capture_resistant") == (True,)
        assert all(read(state, SystemContract.PERMISSIONS, "is_node", node)[0] for node in nodes)
