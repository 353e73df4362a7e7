"""How a running node stands: what its door answers to `status`."""

from typing import Any

from ledger.errors import LedgerError
from ledger.ports import ChainReader
from ledger.primitives import Height, to_hex
from ledger.views.validators import load_sealing_validators
from node.ports import Node
from node.validator import ValidatorNode
from scripts.founding.settings import Settings
from scripts.running.following import FollowerNode
from scripts.running.kinds import NodeKind

MAX_UNSEALED = 64


def node_standing(node: Node, kind: NodeKind, executor: str = "pyevm") -> dict[str, Any]:
    """What any node says: height, head, seal, mempool."""
    head = node.chain.head()
    return {
        "kind": kind.value,
        "chain_id": node.founding.chain_id,
        "height": head.number,
        "head": to_hex(head.hash),
        "time": head.timestamp,
        "sealed": newest_sealed(node.chain),
        "mempool": len(node.mempool),
        "executor": executor,
    }


def follower_standing(node: FollowerNode) -> dict[str, Any]:
    """What a follower says besides: why it does not go on, if so."""
    return {**node_standing(node, NodeKind.FOLLOWER), "problem": node.problem or None}


def member_standing(node: ValidatorNode, settings: Settings) -> dict[str, Any]:
    """What a member says besides: its consensus, peers, and how power is spread."""
    facts = node_standing(node, NodeKind.MEMBER, settings.executor)
    return {**facts, **_consensus(node), **_power(node), "node_id": node.keys.node_id}


def newest_sealed(chain: ChainReader) -> int:
    """The highest block with a seal; the newest ones may wait for theirs."""
    head = chain.head().number
    for height in range(head, max(0, head - MAX_UNSEALED), -1):
        if chain.seal(Height(height)) is not None:
            return height
    return 0


def _consensus(node: ValidatorNode) -> dict[str, Any]:
    """CometBFT's own view; nothing but the reason while it does not answer."""
    empty = {"consensus_height": None, "round": None, "step": None, "peers": None, "catching_up": None}
    try:
        height, round_, step = node.rpc.round()
        return {
            "consensus_height": height,
            "round": round_,
            "step": step,
            "peers": int(node.rpc.net_info()["n_peers"]),
            "catching_up": bool(node.rpc.status()["sync_info"]["catching_up"]),
            "consensus_restarts": node.process.restarts,
            "consensus_problem": None,
        }
    except LedgerError as error:
        return {**empty, "consensus_restarts": node.process.restarts, "consensus_problem": error.detail}


def _power(node: ValidatorNode) -> dict[str, Any]:
    """Whether and for whom it votes."""
    sealing = load_sealing_validators(node.chain.state())
    own = next((row for row in sealing.validators if row.key == node.keys.validator), None)
    return {
        "organisation": None if own is None else own.organisation_name,
        "power": 0 if own is None else own.power,
        "total_power": sum(row.power for row in sealing.validators),
        "validators": len(sealing.validators),
        "organisations": sealing.organisations,
        "capture_resistant": sealing.is_capture_resistant,
        "unsound_keys": list(sealing.unsound_keys),
    }
