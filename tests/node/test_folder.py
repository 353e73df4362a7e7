"""A ledger's directory: whole, of one ledger, and not edited."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.founding.identity import FoundingKey, chain_id_of, founding_hash
from ledger.primitives import Address
from ledger.proofs.anchor import AnchorError
from node.folder import (
    LedgerFolder,
    NoLedgerError,
    WrongLedgerError,
    decode_founding,
    encode_founding,
    load_founding,
)
from tests.scripts.small_ledger import found_small


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_small(tmp_path_factory.mktemp("folder") / "ledger")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another ledger of the same founding text."""
    return found_small(tmp_path_factory.mktemp("folder") / "twin")


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> LedgerFolder:
    shutil.copytree(founded, tmp_path / "ledger")
    return LedgerFolder(tmp_path / "ledger")


def test_load__whole_directory__gives_the_founding(folder: LedgerFolder) -> None:
    founding, genesis = load_founding(folder)
    assert founding.hash == founding_hash(founding.text, founding.keys, founding.nonce) == genesis.extra_data
    assert founding.chain_id == chain_id_of(founding.hash) == genesis.chain_id
    assert founding.address_of("sealer") == next(key.address for key in founding.keys if key.duty == "sealer")


@pytest.mark.parametrize("name", ["genesis.json", "founding.toml", "founding.json"])
def test_load__file_missing__is_named(folder: LedgerFolder, name: str) -> None:
    (folder.path / name).unlink()
    with pytest.raises(NoLedgerError, match=name.replace(".", r"\.")):
        load_founding(folder)


def test_load__empty_or_absent_directory__says_how_to_make_one(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        assert not LedgerFolder(path).exists()
        with pytest.raises(NoLedgerError, match="ortaq init"):
            load_founding(LedgerFolder(path))


@pytest.mark.parametrize("name", ["genesis.json", "founding.json", "anchor.txt"])
def test_load__file_of_a_twin_ledger__is_refused(folder: LedgerFolder, twin: Path, name: str) -> None:
    shutil.copy(twin / name, folder.path / name)
    with pytest.raises(WrongLedgerError, match="mixed"):
        load_founding(folder)


@pytest.mark.parametrize("edit", [b"\n", b" ", b"# a remark\n"])
def test_load__founding_text_edited_by_a_byte__is_refused(folder: LedgerFolder, edit: bytes) -> None:
    folder.constitution.write_bytes(folder.constitution.read_bytes() + edit)
    with pytest.raises(WrongLedgerError, match="one was edited"):
        load_founding(folder)


def test_load__parameter_edited__is_refused(folder: LedgerFolder) -> None:
    text = folder.constitution.read_text()
    changed = text.replace('majority = "1/2"', 'majority = "2/3"', 1)
    assert changed != text
    folder.constitution.write_text(changed)
    with pytest.raises(WrongLedgerError, match="one was edited"):
        load_founding(folder)


def test_load__code_in_the_genesis_edited__is_refused_by_the_anchor(folder: LedgerFolder) -> None:
    """The founding hash says nothing of the contracts' code."""
    record = json.loads(folder.genesis.read_text())
    address = next(a for a in record["alloc"] if a.removeprefix("0x").startswith("6f72746171"))
    record["alloc"][address]["code"] = "0x00"
    folder.genesis.write_text(json.dumps(record))
    with pytest.raises(WrongLedgerError, match="the anchor names"):
        load_founding(folder)


def test_load__anchor_with_a_typing_error__is_named(folder: LedgerFolder) -> None:
    text = folder.anchor.read_text().strip()
    folder.anchor.write_text(text[:-1] + ("a" if text[-1] != "a" else "b"))
    with pytest.raises(AnchorError):
        load_founding(folder)


def test_load__without_the_anchors_file__still_opens(folder: LedgerFolder) -> None:
    folder.anchor.unlink()
    assert load_founding(folder)[0].chain_id


def test_founding_file__keys_and_nonce__come_back() -> None:
    keys = (FoundingKey("relay", Address(b"\x01" * 20)), FoundingKey("sealer", Address(b"\x02" * 20)))
    assert decode_founding(encode_founding(keys, bytes(32)), "f") == (keys, bytes(32))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"{}",
        b'{"keys": [], "nonce": 5}',
        b'{"keys": [{}], "nonce": "0x"}',
        b'{"keys": [{"duty": 5, "address": "0x' + b"00" * 20 + b'"}], "nonce": "0x00"}',
        b'{"keys": [{"duty": "relay", "address": "0x00"}], "nonce": "0x00"}',
        '{"keys": [{"duty": "\N{LATIN SMALL LETTER E WITH ACUTE}", "address": "0x'.encode()
        + b"00" * 20
        + b'"}], "nonce": "0x00"}',
        b"\xff\xff",
    ],
)
def test_founding_file__damaged__is_named(data: bytes) -> None:
    with pytest.raises(WrongLedgerError, match="here: damaged"):
        decode_founding(data, "here")


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_load__one_byte_of_any_file_altered__is_refused_or_means_the_same(
    data: st.DataObject, founded: Path, folder: LedgerFolder
) -> None:
    name = data.draw(st.sampled_from(["genesis.json", "founding.toml", "founding.json", "anchor.txt"]))
    original = (founded / name).read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != original[at]))
    (folder.path / name).write_bytes(original[:at] + bytes([byte]) + original[at + 1 :])
    expected, genesis = load_founding(LedgerFolder(founded))
    try:
        found, same = load_founding(folder)
    except LedgerError:
        pass
    else:
        # White space, and the case of hex and base32, carry no meaning.
        assert (found.hash, same.header.hash) == (expected.hash, genesis.header.hash)
    finally:
        (folder.path / name).write_bytes(original)
