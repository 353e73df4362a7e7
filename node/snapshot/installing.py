"""Installing a snapshot into a new store: the rows that the engine would have written, each checked before."""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.bundle.parts import StoredBlock
from ledger.chain.genesis import Genesis
from ledger.chain.header import Header
from ledger.chain.transaction import Transaction
from ledger.errors import LedgerError
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.handover import Trusted
from ledger.proofs.handover_making import kept_row
from ledger.snapshot.chain import SnapshotChain
from ledger.snapshot.consensus import ConsensusStart, Powers, Trail, TrailFinder, check_consensus, powers_of
from ledger.snapshot.errors import SnapshotDiffersError, SnapshotError
from ledger.snapshot.file import SnapshotReader
from ledger.snapshot.handovers import check_handovers
from ledger.snapshot.state import StateBuilder
from ledger.views.seals import BEGAN_ROW, load_sealers
from node.ballot_index import BallotIndex
from node.consensus.comet.members import StateMembers
from node.consensus.comet.progress import Progress, progress_rows
from node.consensus.comet.validators import ValidatorSetError
from node.consensus.comet.validators import powers_of as listed_powers
from node.decoding import decode_once
from node.execution.pyevm.engine import open_reader
from node.store import rows
from node.store.ports import KeyValueStore

COMMIT_BYTES = 1 << 23
"""Rows are made durable whenever there are so many bytes of them."""

Progressed = Callable[[str, int], None]
"""Told the name of a step, and how many of its parts are done more."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What stands in the store now.

    Shape   `consensus`: where CometBFT goes on, None where validators do not decide or the file does not say it.
    """

    head: Header
    accounts: int
    slots: int
    consensus: ConsensusStart | None


class _Batch:
    """Rows on their way into the store."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store
        self._rows: dict[bytes, bytes | None] = {}
        self._size = 0

    def add(self, written: dict[bytes, bytes | None]) -> None:
        self._rows.update(written)
        self._size += sum(len(key) + len(value or b"") for key, value in written.items())
        if self._size >= COMMIT_BYTES:
            self.flush()

    def flush(self) -> None:
        self._store.commit(self._rows)
        self._rows, self._size = {}, 0


class SnapshotInstaller:
    """Installs one snapshot into a store that holds the founding's block alone.

    The store is of no use where it fails: the caller throws it away.
    Errors  SnapshotError, SnapshotDiffersError; StoreFullError.
    """

    def __init__(self, reader: SnapshotReader, store: KeyValueStore, genesis: Genesis, anchor: Anchor) -> None:
        self._reader = reader
        self._store = store
        self._chain_id = genesis.chain_id
        self._genesis = genesis
        self._chain = SnapshotChain(reader.facts, genesis, anchor)
        self._founders = self._chain.sealers.set.hash
        self._trail = TrailFinder(genesis.chain_id)

    def run(self, progressed: Progressed = lambda _, __: None) -> Installed:
        """Read the file to its end."""
        self._install_blocks(progressed)
        state = self._install_state(progressed)
        chain = open_reader(self._store, self._chain_id)
        self._check_sealers(chain)
        self._install_handovers(chain)
        consensus = self._install_consensus(chain)
        self._install_index(chain, progressed)
        self._store.commit({rows.EXTRA + BEGAN_ROW: self._chain.head.number.to_bytes(8, "big")})
        return Installed(self._chain.head, state.accounts, state.slots, consensus)

    def _install_blocks(self, progressed: Progressed) -> None:
        batch = _Batch(self._store)
        for stored in self._reader.blocks():
            parent = self._chain.head
            block = self._chain.take(stored)
            progressed("blocks", 1)
            if stored.height == 0:
                continue
            written = rows.block_rows(block, self._decoded(stored), stored.receipts)
            if stored.seal:
                written[rows.seal_key(stored.height)] = stored.seal
            decided = self._trail.take(parent, block.header, self._chain.seal)
            if decided is not None:
                for key, value in progress_rows(block.header.number, block.header.hash, Progress(decided)).items():
                    written[rows.EXTRA + key] = value
            batch.add(written)
        self._chain.finish()
        batch.flush()

    def _decoded(self, stored: StoredBlock) -> tuple[Transaction, ...]:
        try:
            return tuple(decode_once(raw, self._chain_id) for raw in stored.transactions)
        except LedgerError as error:
            raise SnapshotError(f"block {stored.height}: {error.detail}") from error

    def _install_state(self, progressed: Progressed) -> StateBuilder:
        batch, builder = _Batch(self._store), StateBuilder()
        for name, content in self._reader.state():
            batch.add(rows.state_rows(builder.take(content, name)))
            progressed("state", 1)
        root, entries = builder.finish()
        batch.add(rows.state_rows(entries))
        batch.flush()
        expected = self._chain.head.state_root
        if root != expected:
            number = self._chain.head.number
            raise SnapshotDiffersError("state: root", to_hex(root), f"{to_hex(expected)}, as block {number} says")
        return builder

    def _check_sealers(self, chain: ChainReader) -> None:
        """The state has to name whom the events of all blocks name."""
        found, expected = load_sealers(chain.state()).hash, self._chain.sealers.set.hash
        if found != expected:
            raise SnapshotDiffersError("state: sealers", to_hex(found), f"{to_hex(expected)}, as the events say")

    def _install_handovers(self, chain: ChainReader) -> None:
        handovers, founding = self._reader.handovers(), self._genesis.header
        trusted = Trusted(founding.number, founding.hash, self._founders)
        after = check_handovers(handovers, self._chain_id, trusted, self._chain.changes, chain.header)
        if after != (expected := self._chain.sealers.set.hash):
            raise SnapshotDiffersError(
                "handovers.json: sealers", to_hex(after), f"{to_hex(expected)}, as the events say"
            )
        kept = dict(kept_row(handover) for handover in handovers)
        self._store.commit({rows.EXTRA + key: value for key, value in kept.items()})

    def _install_consensus(self, chain: ChainReader) -> ConsensusStart | None:
        body, trail, head = self._reader.consensus(), self._trail.trail, self._chain.head
        if body is None:
            return None
        if trail is None:
            raise SnapshotError("consensus.bin: found, expected none where validators do not decide")
        found = check_consensus(trail, body, head, self._chain_id, _candidates(chain, trail))
        progress = Progress(found.decided.header.height, powers_of(found.following))
        written = progress_rows(head.number, Hash32(head.hash), progress)
        self._store.commit({rows.EXTRA + key: value for key, value in written.items()})
        return found

    def _install_index(self, chain: ChainReader, progressed: Progressed) -> None:
        """Rows that pages need, made from what is installed."""
        index, batch = BallotIndex(chain, self._chain_id), _Batch(self._store)
        for height in range(1, self._chain.head.number + 1):
            found = index.rows_of(Height(height))
            batch.add({rows.EXTRA + key: value for key, value in found.items()})
            progressed("index", 1)
        batch.flush()


def _candidates(chain: ChainReader, trail: Trail) -> list[Powers]:
    """Who may decide next: whom the state names; those of before where CometBFT cannot work with them."""
    before = trail.changes[max(trail.changes)] if trail.changes else trail.powers
    try:
        return [listed_powers(StateMembers().validators(chain.state())), before]
    except ValidatorSetError:
        return [before]
