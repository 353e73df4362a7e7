"""How a running node stands: what its door answers to `status`."""

from collections.abc import Sequence
from typing import Any

from ledger.errors import LedgerError
from ledger.ports import ChainReader
from ledger.primitives import Height, to_hex
from ledger.views.validators import SealingValidators, load_sealing_validators
from node.consensus.comet.validators import is_peer
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
    """What a member says besides: its consensus, whom it is connected to, how power is spread, and what is in the way
    of the next block, if anything is.
    """
    sealing = load_sealing_validators(node.chain.state())
    consensus, peers = _consensus(node)
    facts = {**consensus, **_power(node, sealing, peers), "node_id": node.keys.node_id}
    return {**node_standing(node, NodeKind.MEMBER, settings.executor), **facts, "problem": _problem(facts)}


def newest_sealed(chain: ChainReader) -> int:
    """The highest block with a seal; the newest ones may wait for theirs."""
    head = chain.head().number
    for height in range(head, max(0, head - MAX_UNSEALED), -1):
        if chain.seal(Height(height)) is not None:
            return height
    return 0


def _consensus(node: ValidatorNode) -> tuple[dict[str, Any], list[str]]:
    """CometBFT's own view, and the peers that are connected; nothing but the reason while it does not answer."""
    empty = {"consensus_height": None, "round": None, "step": None, "peers": None, "catching_up": None}
    restarts = {"consensus_restarts": node.process.restarts}
    try:
        height, round_, step = node.rpc.round()
        peers = node.rpc.peer_ids()
        is_catching_up = node.rpc.is_catching_up()
    except LedgerError as error:
        return {**empty, **restarts, "consensus_problem": error.detail}, []
    facts = {
        "consensus_height": height,
        "round": round_,
        "step": step,
        "peers": len(peers),
        "catching_up": is_catching_up,
    }
    return {**facts, **restarts, "consensus_problem": None}, peers


def _power(node: ValidatorNode, sealing: SealingValidators, peers: Sequence[str]) -> dict[str, Any]:
    """Whether and for whom it votes, and how much power it is connected to: its own included, and that of validators of
    whom nobody knows where they are.
    """
    own = next((row for row in sealing.validators if row.key == node.keys.validator), None)
    absent = {
        row.key
        for row in sealing.validators
        if row is not own and is_peer(row.endpoint) and row.endpoint.partition("@")[0] not in peers
    }
    return {
        "organisation": None if own is None else own.organisation_name,
        "power": 0 if own is None else own.power,
        "connected_power": sum(row.power for row in sealing.validators if row.key not in absent),
        "total_power": sum(row.power for row in sealing.validators),
        "validators": len(sealing.validators),
        "organisations": sealing.organisations,
        "capture_resistant": sealing.is_capture_resistant,
        "unsound_keys": list(sealing.unsound_keys),
    }


def _problem(facts: dict[str, Any]) -> str | None:
    """What is in the way of the next block, as far as this member sees."""
    if facts["consensus_problem"] is not None:
        return str(facts["consensus_problem"])
    connected, total = facts["connected_power"], facts["total_power"]
    if 3 * connected > 2 * total or not total:
        return None
    return (
        f"connected to validators with {connected} of {total} of the power: more than two thirds are needed to decide"
    )
