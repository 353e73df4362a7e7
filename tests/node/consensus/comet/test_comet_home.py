"""CometBFT's home: settings, keys that are never lost or written over, a genesis that every member writes alike."""

import json
import stat
import subprocess
import tomllib
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from node.consensus.comet.configuration import CometHome, CometSettings, config_tables, encode_toml
from node.consensus.comet.genesis import make_genesis_document
from node.consensus.comet.keys import ConsensusKeyError
from node.consensus.comet.validators import key_address
from tests.engines import cometbft_binary
from tests.node.consensus.comet.stage import ALICE, BOB, Founded

SETTINGS = CometSettings(moniker='The "north"\\', peers=("a" * 40 + "@h:1", "b" * 40 + "@h:2"), external="n.example:1")


@pytest.fixture
def home(tmp_path: Path) -> CometHome:
    return CometHome(tmp_path / "comet")


def test_encode_toml__all_settings__are_read_back(tmp_path: Path) -> None:
    tables = config_tables(SETTINGS, tmp_path)
    found = tomllib.loads(encode_toml(tables))
    top = tables.pop("")
    assert found == {**top, **tables}


def test_config__what_listens__is_a_unix_socket_or_the_peers_port(tmp_path: Path) -> None:
    found = tomllib.loads(encode_toml(config_tables(SETTINGS, tmp_path)))
    assert found["proxy_app"].startswith("unix://")
    assert found["rpc"]["laddr"].startswith("unix://")
    assert found["p2p"]["laddr"] == "tcp://127.0.0.1:26656"
    assert (found["rpc"]["grpc_laddr"], found["rpc"]["pprof_laddr"]) == ("", "")
    assert found["rpc"]["laddr"].startswith("unix:///")
    assert found["filter_peers"]
    assert not found["instrumentation"]["prometheus"]
    assert not found["consensus"]["create_empty_blocks"]


def test_open_keys__first_time__makes_private_files_in_cometbfts_form(home: CometHome) -> None:
    keys = home.open_keys()
    record = json.loads((home.config / "priv_validator_key.json").read_text())
    assert record["address"] == key_address(keys.validator).hex().upper()
    assert b64decode(record["pub_key"]["value"]) == keys.validator
    both = b64decode(record["priv_key"]["value"])
    signature = Ed25519PrivateKey.from_private_bytes(both[:32]).sign(b"x")
    Ed25519PublicKey.from_public_bytes(keys.validator).verify(signature, b"x")
    assert len(keys.node_id) == 40
    for path in (*home.config.iterdir(), *home.data.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert home.open_keys() == keys


def test_open_keys__record_of_what_was_signed_missing__is_refused(home: CometHome) -> None:
    home.open_keys()
    (home.data / "priv_validator_state.json").unlink()
    with pytest.raises(ConsensusKeyError, match=r"priv_validator_state.json: missing"):
        home.open_keys()
    assert not (home.data / "priv_validator_state.json").exists()


def test_open_keys__key_gone__is_refused(home: CometHome) -> None:
    home.open_keys()
    (home.config / "priv_validator_key.json").unlink()
    with pytest.raises(ConsensusKeyError, match="of a key that is gone"):
        home.open_keys()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"priv_key": {"type": "x", "value": "AAAA"}}'])
def test_open_keys__damaged_file__is_refused_and_kept(home: CometHome, text: str) -> None:
    home.open_keys()
    path = home.config / "node_key.json"
    path.write_text(text)
    with pytest.raises(ConsensusKeyError, match=r"node_key.json"):
        home.open_keys()
    assert path.read_text() == text


def test_open_keys__public_half_of_another_key__is_refused(home: CometHome) -> None:
    home.open_keys()
    path = home.config / "priv_validator_key.json"
    record = json.loads(path.read_text())
    value = record["priv_key"]["value"]
    record["priv_key"]["value"] = value[:50] + ("A" if value[50] != "A" else "B") + value[51:]
    path.write_text(json.dumps(record))
    with pytest.raises(ConsensusKeyError, match="public half"):
        home.open_keys()


def test_genesis__same_ledger_and_validators__is_the_same_bytes_and_is_kept(home: CometHome, founded: Founded) -> None:
    home.open_keys()
    head = founded.genesis.header
    document = make_genesis_document(founded.chain_id, head, {ALICE: 1, BOB: 2})
    assert make_genesis_document(founded.chain_id, head, {BOB: 2, ALICE: 1}) == document
    record = json.loads(document)
    assert (record["chain_id"], record["initial_height"]) == (f"ortaq-{founded.chain_id}", "1")
    assert record["genesis_time"] == "2026-01-01T00:00:00Z"
    home.write_genesis(document)
    home.write_genesis(b"{}")
    assert home.genesis.read_bytes() == document


@pytest.mark.engine
def test_home__read_by_cometbft__names_the_same_keys(home: CometHome, founded: Founded) -> None:
    binary = cometbft_binary()
    keys = home.open_keys()
    home.write_genesis(make_genesis_document(founded.chain_id, founded.genesis.header, {keys.validator: 10}))
    home.write_config(SETTINGS, home.path)

    def ask(command: str) -> str:
        words = [binary, command, "--home", home.path]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    assert ask("show-node-id") == keys.node_id
    assert b64decode(json.loads(ask("show-validator"))["value"]) == keys.validator
