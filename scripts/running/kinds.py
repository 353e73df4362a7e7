"""What a directory's node is: the one sequencer, a member of a network, or a follower of somebody's feed."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from ledger.errors import CannotCheckError
from ledger.ports import StateView
from ledger.primitives import Height, to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.seal import SealKind
from ledger.views.seals import load_sealers
from ledger.views.validators import load_validators
from node.consensus.comet.progress import LAST
from node.consensus.comet.validators import is_peer
from node.execution.geth.engine import open_reader as open_geth_reader
from node.execution.pyevm.engine import open_reader
from node.folder import Founding, LedgerFolder, WrongLedgerError, load_founding
from node.founding import SEALER
from node.store.chain_reader import StoredChain
from node.store.lmdb_store import LmdbStore
from scripts.founding.settings import Settings

GETH_FOLDER = "geth"


class NetworkNotRunningError(CannotCheckError):
    """A network's directory, or a member's, on which no node runs."""

    type = "network-not-running"


class NodeKind(Enum):
    """How a node comes to its blocks."""

    SOLO = "solo"
    MEMBER = "member"
    FOLLOWER = "follower"


def node_kind(path: Path, settings: Settings | None = None) -> NodeKind:
    """What the node of a directory is; without settings, what its ledger makes of it.

    Errors  those of `load_founding`; NoStoreError, StoreDamagedError.
    """
    founding, _ = load_founding(LedgerFolder(path))
    if settings is not None and settings.follow is not None:
        return NodeKind.FOLLOWER
    if all(key.duty != SEALER for key in founding.keys):
        return NodeKind.MEMBER
    with _opened(path, founding) as chain:
        if chain.extra_row(LAST) is not None:
            return NodeKind.MEMBER
        return NodeKind.MEMBER if load_sealers(chain.state()).kind is SealKind.COMMIT else NodeKind.SOLO


def validate_anchor(path: Path) -> None:
    """Check that the chain of a directory leads through the block that its anchor names, if it has come so far.

    Errors  WrongLedgerError. An anchor of the founding is compared by `load_founding`.
    """
    folder = LedgerFolder(path)
    founding, _ = load_founding(folder)
    anchor = decode_anchor(folder.anchor.read_text("ascii", "replace")) if folder.anchor.is_file() else None
    if anchor is None or anchor.height == 0:
        return
    with _opened(path, founding) as chain:
        header = chain.header(anchor.height)
    if header is not None and header.hash != anchor.block_hash:
        raise WrongLedgerError(
            f"block {anchor.height}: {to_hex(header.hash)}, the anchor names {to_hex(anchor.block_hash)}; this "
            "chain is not the one that was to be joined"
        )


def known_peers(path: Path, settings: Settings, own: str) -> tuple[str, ...]:
    """Whom a member dials, `NODE_ID@HOST:PORT`, but for itself: the settings' peers, else Permissions' endpoints.

    Where geth keeps the states, those of the founding's state. Whom ballots named since, the running node dials.
    """
    if settings.p2p_peers is not None:
        peers = settings.p2p_peers.split(",")
    else:
        founding, _ = load_founding(LedgerFolder(path))
        with _opened(path, founding) as chain:
            state = chain.state(Height(0) if settings.executor == "geth" else None)
            peers = endpoints(state)
    return tuple(peer for peer in peers if not peer.startswith(f"{own}@"))


def endpoints(state: StateView) -> list[str]:
    """The endpoints of validators that say where and who: `NODE_ID@HOST:PORT`."""
    return [row.endpoint for row in load_validators(state) if is_peer(row.endpoint)]


def make_reader(path: Path, settings: Settings, store: LmdbStore, chain_id: int) -> StoredChain:
    """Read a directory's chain beside its node; with geth as executor, states come from the running geth."""
    if settings.executor == "geth" and (path / GETH_FOLDER).is_dir():
        return open_geth_reader(path / GETH_FOLDER, store)
    return open_reader(store, chain_id)


@contextmanager
def _opened(path: Path, founding: Founding) -> Iterator[StoredChain]:
    store = LmdbStore(LedgerFolder(path).store, read_only=True)
    try:
        yield open_reader(store, founding.chain_id)
    finally:
        store.close()
