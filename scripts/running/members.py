"""A member of a network, wired: CometBFT, the executor that its settings name, peers as Permissions lists them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger.chain.genesis import Genesis
from node.consensus.comet.configuration import CometHome, CometSettings
from node.consensus.comet.members import StateMembers
from node.engines import COMETBFT
from node.execution.geth.engine import GethEngine
from node.execution.pyevm.engine import PyEvmEngine
from node.store.lmdb_store import LmdbStore
from node.validator import Member, MemberEngine, ValidatorNode
from scripts.founding.settings import Settings
from scripts.running.kinds import GETH_FOLDER, known_peers, validate_anchor
from scripts.running.ledgers import kubo_address

COMET_FOLDER = "comet"


@contextmanager
def open_member(path: Path, settings: Settings) -> Iterator[ValidatorNode]:
    """Open a directory as a member, until the block is left.

    Errors  those of `ValidatorNode` and `validate_anchor`; EngineMissingError; ExecutorMissingError and
            ExecutorUnavailableError of geth.
    """
    # CometBFT and geth work in folders of their own.
    path = path.resolve()
    validate_anchor(path)
    keys = CometHome(path / COMET_FOLDER).open_keys()
    comet = CometSettings(
        moniker=f"ortaq-{keys.node_id[:8]}",
        listen=settings.p2p_listen,
        external=settings.p2p_external or "",
        peers=known_peers(path, settings, keys.node_id),
        is_local=settings.p2p_local,
    )
    members = StateMembers()
    with ExitStack() as stack:
        fixed = tuple(settings.p2p_peers.split(",")) if settings.p2p_peers else ()
        member = Member(COMETBFT.find(), members, members, comet, _engine_opener(path, settings, stack), fixed)
        # The executor is ended after the node that uses it.
        with ValidatorNode(path, member, kubo=kubo_address(settings)) as node:
            yield node


def _engine_opener(path: Path, settings: Settings, stack: ExitStack) -> Callable[[LmdbStore, Genesis], MemberEngine]:
    def open_engine(store: LmdbStore, genesis: Genesis) -> MemberEngine:
        if settings.executor == "geth":
            return stack.enter_context(GethEngine.open(path / GETH_FOLDER, genesis, store))
        return PyEvmEngine(store, genesis)

    return open_engine
