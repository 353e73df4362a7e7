"""A validator that begins with a snapshot: CometBFT finds its state as if it had decided on all blocks before."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from ledger.abi import contract
from ledger.chain.transaction import sign_transaction
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_ADDRESS, Height, Timestamp, keccak256
from ledger.proofs.comet.body import decode_body
from ledger.proofs.comet.header import chain_name
from ledger.proofs.seal import SealKind, decode_seal
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from node.consensus.comet.configuration import CometHome, CometSettings
from node.consensus.comet.members import StateMembers
from node.consensus.comet.rpc import CometUnreachableError
from node.execution.geth.engine import GethEngine
from node.execution.geth.process import GethOptions
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import LedgerFolder
from node.keys import load_key
from node.validator import Member, OpenEngine, ValidatorNode
from scripts.cli import main
from scripts.founding.act import found_ledger
from scripts.network import joining
from tests.engines import cometbft_binary, geth_binary
from tests.node.consensus.comet.network import DAY_S, found_network, submit
from tests.paths import REPOSITORY
from tests.ports import free_ports
from tests.scripts.deciding import decide
from tests.scripts.small_ledger import REPLAY_TEXT, SmallLedger, member_key

pytestmark = pytest.mark.engine
WAIT_S = 60


class Town:
    """Members in directories of their own, some of whom come late; the first has the registrar's key."""

    def __init__(self, paths: list[Path], stack: ExitStack, nonce: int = 0) -> None:
        self.binary = cometbft_binary()
        self.paths = paths
        self.stack = stack
        self._ports = free_ports(len(paths))
        keys = [CometHome(path / "comet").open_keys() for path in paths]
        self._dials = [f"{key.node_id}@127.0.0.1:{port}" for key, port in zip(keys, self._ports, strict=True)]
        self._registrar = load_key(LedgerFolder(paths[0]).keys / f"{Duty.REGISTRAR}.json")
        self._nonce = nonce

    def open(self, place: int, opener: OpenEngine = PyEvmEngine) -> ValidatorNode:
        others = tuple(dial for n, dial in enumerate(self._dials) if n != place)
        settings = CometSettings(listen=f"127.0.0.1:{self._ports[place]}", peers=others, is_local=True)
        node = ValidatorNode(
            self.paths[place], Member(self.binary, StateMembers(), settings=settings, open_engine=opener)
        )
        self.stack.enter_context(closing(node))
        return node

    def admit(self, node: ValidatorNode) -> int:
        """One more block; its number."""
        nonce = self._nonce
        words = ([address_of(member_key(200 + nonce))], [keccak256(b"late %d" % nonce)[:28]])
        raw = sign_transaction(
            self._registrar.secret,
            chain_id=node.founding.chain_id,
            nonce=nonce,
            to=SystemContract.MEMBERSHIP.address,
            data=contract("Membership").encode_call("admit", *words),
            gas_limit=1_000_000,
        )
        self._nonce += 1
        placed = node.wait(submit(node, raw), WAIT_S)
        assert placed is not None
        assert placed.success
        return placed.height


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        yield Town(found_network(tmp_path, 4), stack)


def make_snapshot(path: Path, out: Path) -> None:
    """In a process of its own, as beside any node: a store opens once in a process."""
    words = [sys.executable, "-m", "scripts.cli", "node", "snapshot", path, "--out", out, "--quiet"]
    assert subprocess.run(words, cwd=REPOSITORY, check=False).returncode == 0


def begin(town: Town, place: int, snapshot: Path) -> None:
    """Join anew with a snapshot, with the keys that are there."""
    path = town.paths[place]
    for entry in path.iterdir():
        if entry.name != "comet":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    words = ["--anchor", str(town.paths[0] / "anchor.txt"), "--snapshot", str(snapshot), "--quiet"]
    assert main(["node", "join", str(path), *words]) == 0


def wait_for(node: ValidatorNode, height: int) -> None:
    end = time.monotonic() + WAIT_S
    while node.chain.head().number < height and time.monotonic() < end:
        time.sleep(0.1)
    assert node.chain.head().number >= height


def voters(node: ValidatorNode, height: int) -> set[bytes]:
    """Keys whose votes stand in a block's seal."""
    seal = decode_seal(node.chain.seal(Height(height)) or b"")
    signed = decode_body(seal.body, chain_name(node.founding.chain_id), seal.block_hash)
    rows = zip(signed.validators.validators, signed.commit.votes, strict=True)
    return {validator.key for validator, vote in rows if vote is not None}


def test_validator__begun_with_a_snapshot__catches_up_and_votes(town: Town, tmp_path: Path) -> None:
    first, second, third = (town.open(place) for place in range(3))
    for _ in range(2):
        town.admit(first)
    make_snapshot(town.paths[0], tmp_path / "town.snapshot")
    town.admit(first)
    begin(town, 3, tmp_path / "town.snapshot")
    late = town.open(3)
    began = late.chain.head().number
    assert began < first.chain.head().number
    wait_for(late, first.chain.head().number)
    # Without one of the others, blocks are made with the late one's vote alone; whose turn it is, all agree on.
    second.close()
    newest = [town.admit(first) for _ in range(2)][-1]
    wait_for(late, newest)
    assert late.chain.header(Height(newest)) == first.chain.header(Height(newest))
    assert late.keys.validator in voters(first, newest)
    assert late.process.restarts == 0
    # Its blocks are sealed, its own and those that it came with.
    assert all(late.chain.seal(Height(height)) for height in range(1, newest))
    third.close()


def wait_for_status(node: ValidatorNode) -> dict[str, Any]:
    end = time.monotonic() + WAIT_S
    while True:
        try:
            found: dict[str, Any] = node.rpc.status()["sync_info"]
        except CometUnreachableError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return found


def _fail(*_: Path) -> None:
    raise OSError("the disk is gone")


def test_snapshot__of_a_member_that_is_stopped__is_read_from_its_databases(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        town.stack = stack
        nodes = [town.open(place) for place in range(3)]
        for _ in range(2):
            town.admit(nodes[0])
    assert main(["node", "snapshot", str(town.paths[1]), "--out", str(tmp_path / "s"), "--quiet"]) == 0
    with monkeypatch.context() as patched:
        patched.setattr(joining, "publish_folder", _fail)
        with pytest.raises(AssertionError):
            begin(town, 3, tmp_path / "s")
    # What failed leaves keys alone, and can be done again.
    assert not list(town.paths[3].rglob("*.db"))
    begin(town, 3, tmp_path / "s")
    home = CometHome(town.paths[3] / "comet")
    assert home.genesis.read_bytes() == CometHome(town.paths[0] / "comet").genesis.read_bytes()
    # Alone it gets no block, and is started again from the same databases.
    for _ in range(2):
        with closing(town.open(3)) as late:
            assert wait_for_status(late)["latest_block_height"] == wait_for_status(late)["earliest_block_height"]
            assert late.process.restarts == 0
    (tmp_path / "again").mkdir()
    shutil.move(town.paths[3] / "comet", tmp_path / "again" / "comet")
    words = ["--anchor", str(town.paths[0] / "anchor.txt"), "--snapshot", str(tmp_path / "s"), "--json"]
    capsys.readouterr()
    assert main(["node", "join", str(tmp_path / "again"), *words]) == 3
    assert json.loads(capsys.readouterr().out)["type"] == "consensus-began"
    assert (tmp_path / "again" / "comet" / "data" / "state.db").is_dir()


def test_member__with_geth_of_a_ledger_that_moved_from_one_sequencer__begins_with_a_snapshot(tmp_path: Path) -> None:
    """geth executes the blocks of the snapshot by itself, then what is decided."""
    geth, options = tmp_path / "geth", GethOptions(geth_binary(), cache_mib=64)
    path, late_path = tmp_path / "ledger", tmp_path / "late"
    homes = [CometHome(tmp_path / f"home-{n}") for n in range(2)]
    key, _ = [home.open_keys() for home in homes]
    found_ledger(path, REPLAY_TEXT, text_path="replay.toml", time=Timestamp(int(time.time()) - 30 * DAY_S))
    ledger = SmallLedger(path).fill()
    row = (key.validator, 10, b"Town".ljust(32, b"\0"), "127.0.0.1:26656")
    decide(ledger, SystemContract.PERMISSIONS, "add_validator", *row)
    moved = decide(ledger, SystemContract.PERMISSIONS, "set_sealer", int(SealKind.COMMIT), ZERO_ADDRESS)
    nonce = ledger.node.chain.state().nonce(address_of(ledger.keys[Duty.REGISTRAR]))
    ledger.node.close()
    late_path.mkdir()
    homes[0].path.rename(path / "comet")
    homes[1].path.rename(late_path / "comet")
    with ExitStack() as stack:
        town = Town([path, late_path], stack, nonce)
        first = town.open(0)
        newest = [town.admit(first) for _ in range(2)][-1]
        assert newest == moved + 2
        make_snapshot(path, tmp_path / "s")
        begin(town, 1, tmp_path / "s")
        late = town.open(1, lambda store, genesis: stack.enter_context(GethEngine.open(geth, genesis, store, options)))
        assert moved < late.chain.head().number < newest
        wait_for(late, town.admit(first))
        assert late.chain.head() == first.chain.head()
