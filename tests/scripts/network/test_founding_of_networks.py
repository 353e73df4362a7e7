"""Founding and joining without engines: keys made apart, files checked against the anchor."""

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.access.validators import Validator
from ledger.errors import BadInputError
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.validators import load_validators
from node.folder import LedgerFolder, WrongLedgerError, load_founding
from node.keys import list_keys
from scripts.founding.act import found_ledger
from scripts.founding.settings import load_settings
from scripts.network.folder import load_network, pick_ports
from scripts.network.founding import found_network, plan_members, trial_text
from scripts.running.kinds import NodeKind, known_peers, node_kind, validate_anchor
from scripts.running.ledgers import open_ledger
from tests.paths import REPOSITORY
from tests.ports import free_ports
from tests.scripts.calling import run
from tests.scripts.small_ledger import FOUNDED, REPLAY_TEXT, SmallLedger, found_small

EVERYBODYS = b"\1" + bytes(31)
"""The neutral element of the curve: of small order."""


def _founded(folder: Path, capsys: pytest.CaptureFixture[str], count: int = 4) -> list[str]:
    """A founding by validators whose keys were made in directories of their own; the words that they handed in."""
    words = []
    for n in range(1, count + 1):
        place = ["--organisation", f"org {n}", "--endpoint", f"node{n}.example:26656"]
        words.append(run(capsys, "node", "keys", folder / f"m{n}", *place)[1]["validator"])
    options = [part for word in words for part in ("--validator", word)]
    code, facts, _ = run(capsys, "init", folder / "founding", "--constitution", "replay", *options)
    assert code == 0, facts
    return words


def _join(capsys: pytest.CaptureFixture[str], to: Path, founding: Path, *more: object) -> tuple[int, dict[str, Any]]:
    words = ["node", "join", to, "--anchor", founding / "anchor.txt", "--genesis", founding / "genesis.json", *more]
    return run(capsys, *words)[:2]


def test_ceremony__keys_made_apart__join_with_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = _founded(tmp_path, capsys)
    assert [key.duty for key in list_keys(tmp_path / "founding" / "keys")] == [
        "registrar",
        "relay",
        "returning officer",
        "treasurer",
    ]
    before = run(capsys, "node", "keys", tmp_path / "m2", "--organisation", "org 2", "--endpoint", "h:1")[1]
    code, facts = _join(capsys, tmp_path / "m2", tmp_path / "founding", "--executor", "geth")
    assert (code, facts["key"]) == (0, before["key"])
    listed = {row["organisation"]: row for row in facts["validators"]}
    assert {f"{name}={row['key']},{row['endpoint']}" for name, row in listed.items()} == set(words)
    assert [name for name, row in listed.items() if row["own"]] == ["org 2"]
    assert len(facts["phrase"].split()) == 6
    settings = load_settings(tmp_path / "m2")
    assert settings.executor == "geth"
    assert node_kind(tmp_path / "m2") is NodeKind.MEMBER
    peers = known_peers(tmp_path / "m2", settings, facts["node_id"])
    assert sorted(peers) == sorted(word.partition(",")[2] for n, word in enumerate(words) if n != 1)
    with open_ledger(tmp_path / "founding") as ledger:
        state = ledger.chain.state()
        assert {row.organisation.rstrip(b"\0") for row in load_validators(state)} == {
            b"org %d" % n for n in range(1, 5)
        }
        assert read(state, SystemContract.PERMISSIONS, "is_node", bytes.fromhex(facts["node_id"])) == (True,)


@pytest.mark.parametrize("name", ["genesis.json", "founding.toml", "founding.json"])
def test_join__file_that_differs_in_one_byte__is_refused_and_keys_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _founded(tmp_path, capsys, 1)
    file = tmp_path / "founding" / name
    data = file.read_text()
    changed = {
        "genesis.json": ("0x6", "0x7"),
        "founding.toml": ("title", "title "),
        "founding.json": ('"address": "0x', '"address": "0xff'),
    }
    file.write_text(data.replace(*changed[name], 1))
    key = (tmp_path / "m1" / "comet" / "config" / "priv_validator_key.json").read_bytes()
    code, facts = _join(capsys, tmp_path / "m1", tmp_path / "founding")
    assert (code, facts["type"]) in ((2, "wrong-ledger"), (2, "bad-genesis")), facts
    assert [entry.name for entry in (tmp_path / "m1").iterdir()] == ["comet"]
    assert (tmp_path / "m1" / "comet" / "config" / "priv_validator_key.json").read_bytes() == key
    assert not list(tmp_path.glob(".m1*"))


def test_join__without_anchor_or_with_anothers__is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _founded(tmp_path, capsys, 1)
    run(capsys, "init", tmp_path / "other", "--constitution", "replay")
    genesis = tmp_path / "founding" / "genesis.json"
    assert run(capsys, "node", "join", tmp_path / "n", "--genesis", genesis)[1]["type"] == "no-anchor"
    words = ["node", "join", tmp_path / "n", "--genesis", genesis, "--anchor", tmp_path / "other" / "anchor.txt"]
    code, facts, _ = run(capsys, *words)
    assert (code, facts["type"]) == (2, "wrong-ledger")
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize(
    "word", ["town", "town=00", f"town={'11' * 32}@host:1", f"town={'11' * 32},{'ab' * 20}@host", f"={'11' * 32}"]
)
def test_init__word_that_names_no_validator__is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    code, facts, _ = run(capsys, "init", tmp_path / "x", "--constitution", "replay", "--validator", word)
    assert (code, facts["type"]) == (2, "bad-validator-word")
    assert not (tmp_path / "x").exists()


def test_init__key_that_anybody_signs_for__is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    word = f"town={EVERYBODYS.hex()},{'ab' * 20}@host:1"
    code, facts, _ = run(capsys, "init", tmp_path / "x", "--constitution", "replay", "--validator", word)
    assert (code, facts["type"]) == (2, "unsound-key")
    assert "--validator: town: " in facts["detail"]
    assert not (tmp_path / "x").exists()


def test_join__founding_with_a_key_that_anybody_signs_for__is_refused_and_keys_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = run(capsys, "node", "keys", tmp_path / "m1", "--organisation", "one", "--endpoint", "one.example:26656")[1]
    validators = [
        Validator(key, 10, name.ljust(32, b"\0"))
        for key, name in ((bytes.fromhex(own["key"]), b"one"), (EVERYBODYS, b"two"))
    ]
    founding = tmp_path / "founding"
    found_ledger(founding, REPLAY_TEXT, text_path="replay.toml", time=FOUNDED, validators=validators)
    code, facts = _join(capsys, tmp_path / "m1", founding)
    assert (code, facts["type"]) == (2, "unsound-key")
    assert "genesis: validator of two: " in facts["detail"]
    assert [entry.name for entry in (tmp_path / "m1").iterdir()] == ["comet"]
    # Who only follows takes no part in it.
    assert _join(capsys, tmp_path / "watcher", founding, "--follow", "http://127.0.0.1:1")[0] == 0


def test_network__founded__has_members_with_their_own_keys_and_one_ledger(tmp_path: Path) -> None:
    members = plan_members(4, ["geth", "pyevm", "pyevm", "geth"])
    found_network(tmp_path / "net", members, *trial_text("replay"))
    network = load_network(tmp_path / "net")
    assert network.members == members
    assert len({member.http_port for member in members} | {member.p2p_port for member in members}) == 8
    folders = [network.member(plan) for plan in members]
    hashes = {load_founding(LedgerFolder(folder))[0].hash for folder in folders}
    assert len(hashes) == 1
    assert len({(folder / "anchor.txt").read_text() for folder in folders}) == 1
    keys = {json.loads((folder / "comet/config/priv_validator_key.json").read_text())["address"] for folder in folders}
    assert len(keys) == 4
    relays = {list_keys(folder / "keys")[0].address for folder in folders[1:]}
    assert len(relays) == 3
    assert [load_settings(folder).executor for folder in folders] == ["geth", "pyevm", "pyevm", "geth"]
    assert load_founding(LedgerFolder(folders[0]))[0].constitution.currency.code == "XTS"
    assert not load_founding(LedgerFolder(folders[0]))[0].constitution.is_simulated


def test_network__constitution_for_real_votes__is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, facts, _ = run(capsys, "network", "up", tmp_path / "net", "--constitution", "town")
    assert (code, facts["type"]) == (2, "not-a-rehearsal")
    assert not (tmp_path / "net").exists()


@pytest.mark.parametrize(("count", "engines"), [(0, []), (4, ["geth", "pyevm"]), (2, ["geth", "besu"]), (65, [])])
def test_plan__members_that_cannot_be__are_refused(count: int, engines: list[str]) -> None:
    with pytest.raises(BadInputError):
        plan_members(count, engines)


def test_ports__one_is_taken__the_next_above_is_picked() -> None:
    """Not one that the system hands out by itself: another program may get that before the member starts."""
    first = free_ports(5)[0]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 1))
        assert pick_ports([first, first + 1, first + 2]) == [first, first + 2, first + 3]


def test_commands__directory_without_network__is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("down", "status"):
        code, facts, _ = run(capsys, "network", verb, tmp_path)
        assert (code, facts["type"]) == (2, "no-network")


def test_status__network_that_stands_still__is_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found_network(tmp_path / "net", plan_members(1, []), *trial_text("replay"))
    code, facts, _ = run(capsys, "network", "status", tmp_path / "net")
    assert (code, facts["running"], facts["height"], facts["capture_resistant"]) == (3, 0, None, None)


def test_engines__one_missing__is_named_with_what_builds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTAQ_GETH", str(tmp_path / "none"))
    (tmp_path / "comet").write_text("#!/bin/sh\necho 0.37.1\n")
    (tmp_path / "comet").chmod(0o755)
    monkeypatch.setenv("ORTAQ_COMETBFT", str(tmp_path / "comet"))
    code, facts, _ = run(capsys, "engines")
    by_name = {row["name"]: row for row in facts["engines"]}
    assert code == 3
    assert (by_name["geth"]["found"], by_name["geth"]["target"]) == (False, "engine-geth")
    assert (by_name["CometBFT"]["version"], by_name["CometBFT"]["tested"]) == ("0.37.1", False)


def test_member__anchor_of_another_block__is_not_started(tmp_path: Path) -> None:
    ledger = SmallLedger(found_small(tmp_path / "ledger")).fill()
    head, founding = ledger.node.chain.head(), ledger.anchor
    ledger.node.close()
    file = tmp_path / "ledger" / "anchor.txt"
    good = replace(founding, height=head.number, block_hash=head.hash)
    file.write_text(good.text)
    validate_anchor(tmp_path / "ledger")
    file.write_text(replace(good, block_hash=head.parent_hash).text)
    with pytest.raises(WrongLedgerError, match=f"block {head.number}: "):
        validate_anchor(tmp_path / "ledger")
    file.write_text(replace(good, height=head.number + 1).text)
    validate_anchor(tmp_path / "ledger")


def test_node_status__stopped_member_with_geth__says_that_it_cannot_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found_network(tmp_path / "net", plan_members(1, ["geth"]), *trial_text("replay"))
    (tmp_path / "net" / "validator1" / "geth").mkdir()
    code, facts, _ = run(capsys, "node", "status", tmp_path / "net" / "validator1")
    assert (code, facts["seal"], facts["running"]) == (3, "unchecked", False)


def test_office__member_without_its_node__says_what_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found_network(tmp_path / "net", plan_members(1, []), *trial_text("replay"))
    (tmp_path / "f").write_bytes(b"content")
    code, facts, _ = run(capsys, "evidence", "add", tmp_path / "f", "-l", tmp_path / "net" / "validator1")
    assert (code, facts["type"]) == (3, "network-not-running")
    vote = REPOSITORY / "data" / "small-vote.pb"
    code, facts, _ = run(capsys, "replay", vote, "--data", tmp_path / "net")
    assert (code, facts["type"]) == (3, "network-not-running")
