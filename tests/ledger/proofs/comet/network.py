"""A network of real CometBFT nodes over the mini application, for vectors and the test that makes them anew."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ledger.chain.header import Header
from ledger.primitives import ZERO_HASH, Hash32
from ledger.proofs.comet.header import chain_name
from tests.ledger.proofs.comet.mini_app import MiniApp, make_block
from tests.ports import free_ports

WAIT_S = 60.0
HEAD = make_block(4, ZERO_HASH)
"""The solo ledger's last block: the chain of the validators begins at the next height."""
SETTINGS = {
    "CMT_CONSENSUS_CREATE_EMPTY_BLOCKS": "false",
    "CMT_CONSENSUS_TIMEOUT_COMMIT": "100ms",
    "CMT_CONSENSUS_TIMEOUT_PROPOSE": "1s",
    "CMT_TX_INDEX_INDEXER": "null",
    "CMT_P2P_PEX": "false",
    "CMT_LOG_LEVEL": "error",
}


@dataclass
class Node:
    """One CometBFT process and its application."""

    app: MiniApp
    process: subprocess.Popen[bytes]
    rpc: httpx.Client

    def ask(self, method: str, **params: str) -> Any:
        answer = self.rpc.get(f"http://rpc/{method}", params=params).json()
        if "result" not in answer:
            raise LookupError(answer["error"])
        return answer["result"]

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)


@contextmanager
def running(binary: Path, folder: Path, chain_id: int, powers: Sequence[int], app_version: int) -> Iterator[list[Node]]:
    """Start one node for each power. The folder's name must be short: unix sockets stand in it."""
    count = len(powers)
    _make_folders(binary, folder, chain_id, powers)
    names = [
        subprocess.check_output([binary, "show-node-id", "--home", folder / f"node{i}"], text=True).strip()
        for i in range(count)
    ]
    ports = free_ports(count)
    peers = [f"{name}@127.0.0.1:{port}" for name, port in zip(names, ports, strict=True)]
    with ExitStack() as stack:
        nodes = []
        for i in range(count):
            others = ",".join(peer for j, peer in enumerate(peers) if j != i)
            nodes.append(_start(stack, binary, folder / f"node{i}", ports[i], others, app_version))
        yield nodes


def wait_for(what: str, condition: Any) -> Any:
    """Ask until the answer is true; errors of a node that is not up yet count as no."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except (httpx.TransportError, LookupError):
            pass
        time.sleep(0.05)
    raise TimeoutError(f"{what}: not within {WAIT_S} s")


def send(node: Node, transaction: bytes) -> Header:
    """Have one transaction decided; the ledger's block that it made."""
    before = len(node.app.headers)
    answer = node.ask("broadcast_tx_sync", tx="0x" + transaction.hex())
    assert answer["code"] == 0, answer
    wait_for("block", lambda: len(node.app.headers) > before)
    return node.app.headers[before]


def sealing(node: Node, block: Header) -> dict[str, Any]:
    """The RPC's answers for the first header whose app hash is the block's."""
    height = wait_for("header", lambda: _first_height(node, block.hash))
    return {
        "block": "0x" + block.encode().hex(),
        "commit": node.ask("commit", height=str(height)),
        "validators": node.ask("validators", height=str(height), per_page="100")["validators"],
    }


def _first_height(node: Node, app_hash: Hash32) -> int | None:
    """The first header over this hash, once its commit can be had."""
    status = node.ask("status")["sync_info"]
    for height in range(int(status["earliest_block_height"]), int(status["latest_block_height"]) + 1):
        if node.ask("commit", height=str(height))["signed_header"]["header"]["app_hash"].lower() == app_hash.hex():
            return height
    return None


def _make_folders(binary: Path, folder: Path, chain_id: int, powers: Sequence[int]) -> None:
    hosts = [part for _ in powers for part in ("--hostname", "127.0.0.1")]
    subprocess.run([binary, "testnet", "--v", str(len(powers)), "--o", folder, *hosts], check=True, capture_output=True)
    genesis = json.loads((folder / "node0/config/genesis.json").read_text())
    genesis |= {"chain_id": chain_name(chain_id), "initial_height": str(HEAD.number + 1)}
    for row, power in zip(genesis["validators"], powers, strict=True):
        row["power"] = str(power)
    for i in range(len(powers)):
        (folder / f"node{i}/config/genesis.json").write_text(json.dumps(genesis))


def _start(stack: ExitStack, binary: Path, home: Path, port: int, peers: str, app_version: int) -> Node:
    app = MiniApp(home / "app.sock", HEAD, app_version)
    stack.callback(app.close)
    command = [binary, "node", "--home", home, "--proxy_app", f"unix://{home}/app.sock"]
    command += ["--rpc.laddr", f"unix://{home}/rpc.sock", "--p2p.laddr", f"tcp://127.0.0.1:{port}"]
    command += ["--p2p.persistent_peers", peers]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | SETTINGS)
    stack.callback(process.wait)
    stack.callback(process.kill)
    rpc = stack.enter_context(httpx.Client(transport=httpx.HTTPTransport(uds=str(home / "rpc.sock")), timeout=10))
    return Node(app, process, rpc)
