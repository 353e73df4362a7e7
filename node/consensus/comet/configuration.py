"""CometBFT's home: what stands in it, and its `config.toml` from our settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.chain.transaction import MAX_TRANSACTION_BYTES
from node.consensus.comet.keys import ConsensusKeys, open_keys
from node.consensus.comet.payload import HEARTBEAT_S
from node.files import write_durably
from node.mempool import MempoolLimits
from node.noted import NotedProcess

Value = str | int | bool
Table = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CometSettings:
    """What a member decides about its CometBFT.

    Shape   `listen`, `external`: host:port for peers, the second as others dial it; `peers`: `<node id>@host:port`.
            `is_local`: a trial network on one machine, whose addresses are private and alike.
    Units   `commit_ms`: longest pause after a consensus block, in which late votes come in.
    """

    moniker: str = "ortaq"
    listen: str = "127.0.0.1:26656"
    external: str = ""
    peers: tuple[str, ...] = ()
    is_local: bool = False
    commit_ms: int = 400
    log_level: str = "error"


@dataclass(frozen=True, slots=True)
class CometHome:
    """The folder that CometBFT works in."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def genesis(self) -> Path:
        return self.config / "genesis.json"

    @property
    def process(self) -> NotedProcess:
        """The CometBFT that works in it."""
        return NotedProcess(self.path / "cometbft.pid", "start", str(self.path))

    def open_keys(self) -> ConsensusKeys:
        """The member's keys; makes the folders, and keys that are missing. Errors: ConsensusKeyError."""
        for folder in (self.path, self.config, self.data):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return open_keys(self.config, self.data)

    def write_genesis(self, document: bytes) -> None:
        """Write `genesis.json` unless there is one: a chain that has begun keeps its own."""
        if not self.genesis.exists():
            write_durably(self.genesis, document)

    def write_config(self, settings: CometSettings, sockets: Path) -> None:
        """Write `config.toml`. `sockets`: the folder of app.sock and rpc.sock, whose path must be short."""
        text = encode_toml(config_tables(settings, sockets))
        write_durably(self.config / "config.toml", text.encode(), mode=0o600)


def app_socket(sockets: Path) -> Path:
    return sockets / "app.sock"


def rpc_socket(sockets: Path) -> Path:
    return sockets / "rpc.sock"


def config_tables(settings: CometSettings, sockets: Path) -> dict[str, Table]:
    """All settings that differ from CometBFT's own, or that must not follow a change of those; by table."""
    limits = MempoolLimits()
    return {
        "": {
            "proxy_app": f"unix://{app_socket(sockets)}",
            "abci": "socket",
            "moniker": settings.moniker,
            "log_level": settings.log_level,
            # The ledger names who takes part in the validators' traffic; the application is asked for each peer.
            "filter_peers": True,
        },
        "rpc": {
            "laddr": f"unix://{rpc_socket(sockets)}",
            "grpc_laddr": "",
            # Peers can be dialled by it then. Its socket stands in a folder that is open to this user alone.
            "unsafe": True,
            "pprof_laddr": "",
            "max_request_batch_size": 1_000,
            "max_body_bytes": 4 * 2**20,
        },
        "p2p": {
            "laddr": f"tcp://{settings.listen}",
            "external_address": settings.external,
            "persistent_peers": ",".join(settings.peers),
            "persistent_peers_max_dial_period": "10s",
            "addr_book_strict": not settings.is_local,
            "allow_duplicate_ip": settings.is_local,
            "flush_throttle_timeout": "10ms",
            "send_rate": 20 * 2**20,
            "recv_rate": 20 * 2**20,
            "pex": not settings.is_local,
        },
        "mempool": {
            "recheck": True,
            # Without an answer within it, CometBFT goes on with transactions that it has not asked about again.
            "recheck_timeout": "10s",
            "broadcast": True,
            "size": limits.transactions,
            "max_txs_bytes": limits.total_bytes,
            "max_tx_bytes": MAX_TRANSACTION_BYTES,
            "cache_size": 5 * limits.transactions,
        },
        "statesync": {"enable": False},
        "consensus": _consensus_table(settings),
        "storage": {"discard_abci_responses": True},
        "tx_index": {"indexer": "null"},
        "instrumentation": {"prometheus": False},
    }


def _consensus_table(settings: CometSettings) -> Table:
    return {
        "timeout_propose": "3s",
        "timeout_propose_delta": "500ms",
        "timeout_prevote": "1s",
        "timeout_prevote_delta": "500ms",
        "timeout_precommit": "1s",
        "timeout_precommit_delta": "500ms",
        "timeout_commit": f"{settings.commit_ms}ms",
        # Only for votes that are missing is it waited; the proposer keeps blocks a second apart.
        "skip_timeout_commit": True,
        "create_empty_blocks": False,
        "create_empty_blocks_interval": f"{HEARTBEAT_S}s",
        "peer_gossip_sleep_duration": "20ms",
    }


def encode_toml(tables: Mapping[str, Table]) -> str:
    """Write tables of plain values; the one without a name comes first."""
    lines: list[str] = []
    for name, table in tables.items():
        if name:
            lines += ["", f"[{name}]"]
        # JSON's strings, numbers and booleans are TOML's, as long as nothing beyond ASCII is written out.
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"
