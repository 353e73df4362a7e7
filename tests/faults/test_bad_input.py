"""Strangers at a validator's door: mere bytes, another chain's node; and a genesis with one byte changed."""

import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from node.consensus.comet.configuration import CometHome
from tests.faults.conftest import RUNS
from tests.faults.network import FaultyNetwork
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("faults")]

MEMBER = 1
SIZES = (0, 1, 32, 1_000, 1_000_000)
HANGING = 30
LONGEST_S = 120


def peer_port(trial: Trial, member: int) -> int:
    return trial.network.folder.members[member].p2p_port


def test_peer_port__garbage_and_silence__harm_nobody(trial: Trial) -> None:
    with trial.fault("garbage at the peers' port") as load:
        door = ("127.0.0.1", peer_port(trial, MEMBER))
        silent = [socket.create_connection(door) for _ in range(HANGING)]
        for size in SIZES * 4:
            # It may hang up before all has come.
            with socket.create_connection(door) as stranger, suppress(ConnectionError):
                stranger.sendall(os.urandom(size))
        assert load.wait_for(8, LONGEST_S)
        for stranger in silent:
            stranger.close()


def test_peer__of_another_chain__is_not_let_in(trial: Trial, tmp_path: Path) -> None:
    other = FaultyNetwork(tmp_path, ["pyevm"], has_links=False)
    node_id = CometHome(trial.network.members[MEMBER].folder / "comet").open_keys().node_id
    with (other.members[0].folder / "ortaq.toml").open("a") as file:
        file.write(f"p2p_peers = {json.dumps(f'{node_id}@127.0.0.1:{peer_port(trial, MEMBER)}')}\n")
    try:
        with trial.fault("peer of another chain"):
            other.open()
            Trial(other, RUNS.append).recovery([0])
            assert other.standing(0)["peers"] == 0
            assert trial.network.standing(MEMBER)["peers"] == len(trial.network.members) - 1
    finally:
        other.close()


def test_genesis__one_byte_changed__node_refuses_to_start(trial: Trial) -> None:
    member = trial.network.members[MEMBER]
    path, log = member.folder / "genesis.json", member.folder / "logs" / "node.log"
    whole = path.read_bytes()
    with trial.fault("genesis with one byte changed") as load:
        member.stop()
        at = whole.index(b'"0x6') + 3
        path.write_bytes(whole[:at] + b"7" + whole[at + 1 :])
        read = log.stat().st_size
        member.start()
        end = time.monotonic() + LONGEST_S
        while b"[wrong-ledger]" not in log.read_bytes()[read:]:
            assert time.monotonic() < end, member.log()
            time.sleep(0.2)
        assert load.wait_for(8, LONGEST_S), "three of four do not go on"
        path.write_bytes(whole)
