"""A ballot that decides something on a network that runs."""

from typing import Any

from ledger.system import SystemContract
from node.keys import load_key
from scripts.running.carriers import RemoteCarrier
from scripts.running.ledgers import open_ledger
from scripts.running.remote_desk import RemoteDesk
from tests.faults.network import FaultyNetwork
from tests.scripts.live_deciding import Parliament

VOTERS = 40


def decide(network: FaultyNetwork, of: SystemContract, entry: str, *arguments: Any) -> None:
    """Let seats vote yes on a call, and carry it out, through the member that founded the network."""
    folder = network.members[0].folder
    officer, relay = (load_key(folder / "keys" / f"{name}.json") for name in ("returning-officer", "relay"))
    with open_ledger(folder) as opened, network.door(0) as client:
        desk = RemoteDesk(RemoteCarrier(client), opened.chain, network.chain_id)
        Parliament(desk, opened.chain, network.chain_id, officer, relay, range(VOTERS)).decide(of, entry, *arguments)
