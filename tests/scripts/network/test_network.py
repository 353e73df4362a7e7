"""A network of four with both executors: a vote replayed, a member killed, everything stopped and started again."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.primitives import Height, to_hex
from ledger.proofs.seal import SealKind, decode_seal
from node.store.chain_reader import StoredChain
from scripts.cli import main
from scripts.founding.settings import load_settings
from scripts.network.folder import load_network
from scripts.network.members import ask_members, is_running
from scripts.network.table import highest, is_capture_resistant
from scripts.running.following import FollowerNode
from scripts.running.ledgers import open_ledger
from tests.engines import cometbft_binary, geth_binary
from tests.scripts.calling import run
from tests.scripts.network.members import keep_node_keys, network_up, processes_of, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.slow]

MEMBERS = 4
VOTE = """META
key;value
description;A small vote
country;Poland
unit;Testville
instance;2026
num_projects;3
num_votes;6
budget;1000
vote_type;approval
rule;greedy
date_begin;2026-01-01
date_end;2026-01-02
currency;PLN
min_length;1
max_length;2
PROJECTS
project_id;cost;votes;name;selected
p1;600;4;Benches;1
p2;300;3;Lamps;1
p3;500;2;Trees;0
VOTES
voter_id;vote
a;p1,p2
b;p1
c;p1,p2
d;p2,p3
e;p1
f;p3
"""


def test_network__replayed_on_killed_and_restarted__goes_on_with_the_same_chain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cometbft_binary(), geth_binary()
    path, vote = tmp_path / "net", tmp_path / "vote.pb"
    vote.write_text(VOTE)
    with network_up(path, "--validators", MEMBERS, "--engines", "pyevm,geth,pyevm,pyevm") as members:
        assert is_capture_resistant(members) is True
        assert [member.standing["power"] for member in members] == [10, 10, 10, 10]
        assert run(capsys, "network", "up", path)[1]["type"] == "network-running"

        _check_status(capsys, path / "validator2")
        victim = members[2].pid
        os.kill(victim, signal.SIGKILL)
        code, report, _ = run(capsys, "replay", vote, "--data", path, "--receipts", "all")
        assert (code, report["engine"]) == (0, "comet+pyevm")
        assert [project["votes"] for project in report["projects"]] == [4, 3, 2]
        assert report["official"] == {"counts_equal": True, "winners_equal": True, "differences": []}
        assert report["budget"]["paid"] == 90_000
        assert report["receipts"] == {"checked": 6, "valid": 6}

        wait_for("four members with all blocks sealed", lambda: _sealed(path) >= report["blocks"])
        assert not is_running(victim)
        for member in ask_members(load_network(path))[1:3]:
            code, result, _ = run(capsys, "vote", "result", 1, "-l", member.url)
            assert (code, result.get("turnout")) == (0, 6), result
            sealers = httpx.get(f"{member.url}/about.json").json()["sealers"]
            assert (sealers["kind"], sealers["validators"], sealers["organisations"]) == ("commit", 4, 4)
            assert (sealers["capture_resistant"], sealers["unsound_keys"]) == (True, [])
        _follow(tmp_path / "follower", member.url, path / "validator1" / "anchor.txt", report["blocks"])
    assert processes_of(path) == []

    _lose_all_but_keys(capsys, path / "validator4", path / "validator1")
    with network_up(path) as members:
        assert highest(members) >= report["blocks"]
        wait_for("the member that began anew has all blocks", lambda: _sealed(path) >= report["blocks"])
    assert processes_of(path) == []
    _check_blocks(path, report)
    _check_seals([*(path / f"validator{number}" for number in range(1, MEMBERS + 1)), tmp_path / "follower"], report)


def _check_status(capsys: pytest.CaptureFixture[str], member: Path) -> None:
    """What an operator sees who has one member's directory alone."""
    said = run(capsys, "node", "status", member)[1]
    assert (said["executor"], said["organisation"], said["peers"]) == ("geth", "validator2", MEMBERS - 1)
    assert (said["power"], said["connected_power"], said["total_power"], said["problem"]) == (10, 40, 40, None)


def _follow(path: Path, url: str, anchor: Path, blocks: int) -> None:
    """A follower of one member, from the founding to the newest block."""
    assert main(["node", "join", str(path), "--follow", url, "--anchor", str(anchor), "--quiet"]) == 0
    with FollowerNode(path, url, load_settings(path)) as follower:
        wait_for("the follower has all blocks", lambda: follower.chain.head().number >= blocks)


def _check_seals(paths: list[Path], report: dict[str, Any]) -> None:
    """Whoever saw which votes: of each block below the newest all keep the same seal, so bundles are the same bytes."""
    kept = []
    for path in paths:
        with open_ledger(path) as ledger:
            kept.append([ledger.chain.seal(Height(height)) for height in range(1, report["blocks"])])
    assert None not in kept[0]
    assert all(seals == kept[0] for seals in kept)


def _lose_all_but_keys(capsys: pytest.CaptureFixture[str], member: Path, other: Path) -> None:
    """Leave a member its keys and settings alone, and have it join once more from the founding's files."""
    kept = member.with_name("kept")
    member.rename(kept)
    keep_node_keys(kept, member)
    words = ["node", "join", member, "--anchor", other / "anchor.txt", "--genesis", other / "genesis.json"]
    code, facts, _ = run(capsys, *words)
    assert code == 0, facts
    shutil.copy2(kept / "ortaq.toml", member / "ortaq.toml")


def _sealed(path: Path) -> int:
    """The newest block that all members have under a seal."""
    return min((state.standing or {}).get("sealed", 0) for state in ask_members(load_network(path)))


def _check_blocks(path: Path, report: dict[str, Any]) -> None:
    """Every member keeps the same blocks, each under a commit."""
    network, blocks = load_network(path), report["blocks"]
    for plan in network.members:
        with open_ledger(network.member(plan)) as ledger:
            chain: StoredChain = ledger.chain
            assert to_hex(chain.header(Height(blocks)).hash) == report["head"]
            kinds = {decode_seal(chain.seal(Height(height))).kind for height in range(1, blocks + 1)}
            assert kinds == {SealKind.COMMIT}
