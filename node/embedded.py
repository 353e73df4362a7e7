"""The embedded node: one ledger's directory, opened for writing by one process."""

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from coincurve import PrivateKey

from ledger.chain.admission import Admission
from ledger.ports import Clock, EvidenceStore
from ledger.primitives import Hash32
from node.acknowledgement import Acknowledged, find_acknowledged
from node.ballot_index import BallotIndex
from node.clock import SimulatedClock, WallClock
from node.consensus.signer import SoloSigner
from node.consensus.solo import SealedBlock, SoloSequencer
from node.decoding import decode_once
from node.evidence import open_evidence_store
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import Founding, LedgerFolder, load_founding
from node.mempool import Mempool, MempoolError
from node.permissions import StatePermissions
from node.store.chain_reader import StoredChain
from node.store.lmdb_store import LmdbStore


class EmbeddedNode:
    """Store, engine, mempool and sequencer of one ledger. Its methods may be called from any thread.

    Errors  NoLedgerError, WrongLedgerError, StoreLockedError (another process writes), StoreDamagedError on opening.
    """

    def __init__(self, path: Path, sealer: PrivateKey, *, clock: Clock | None = None, kubo: str | None = None) -> None:
        self.folder = LedgerFolder(path)
        self.founding, genesis = load_founding(self.folder)
        self._store = LmdbStore(self.folder.store)
        try:
            self._engine = PyEvmEngine(self._store, genesis)
            self.chain: StoredChain = self._engine.reader()
            self.evidence: EvidenceStore = open_evidence_store(self.folder.evidence, kubo)
            self.clock = clock or self._default_clock(self.founding)
            self.mempool = Mempool()
            signer = SoloSigner(sealer, genesis.chain_id, self.folder.high_water)
            index = BallotIndex(self.chain, genesis.chain_id)
            self._sequencer = SoloSequencer(self._engine, self.chain, signer, self.mempool, self.clock, index.rows_of)
            self._sequencer.recover()
        except BaseException:
            self._store.close()
            raise
        self._lock = threading.Lock()
        self._sealed = threading.Condition()

    def __enter__(self) -> "EmbeddedNode":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store. Everything acknowledged is on disk already."""
        with self._lock:
            self._store.close()

    def submit(self, raw: bytes) -> Hash32:
        """Take a transaction into the mempool.

        Errors  BadTransactionError for its form, MempoolError where no next block could hold it.
        """
        transaction = decode_once(raw, self.founding.chain_id)
        with self._lock:
            state = self._engine.state()
            reason = Admission(StatePermissions(state)).refuse_before(transaction)
            if reason is not None:
                raise MempoolError(reason)
            self.mempool.add(transaction, state)
        return transaction.hash

    def foresee(self, raws: Sequence[bytes]) -> None:
        """Nothing to do: the state is at hand."""

    def make_block(self) -> SealedBlock | None:
        """Make the next block from what waits; afterwards it is acknowledged. None where there is nothing to do."""
        with self._lock:
            sealed = self._sequencer.make_block()
        with self._sealed:
            self._sealed.notify_all()
        return sealed

    def make_heartbeat(self) -> SealedBlock | None:
        """Make an empty block if one is due: recovery keys are not to take a quiet ledger for one without a sequencer.

        None where it is not due; always under a simulated clock, which nobody's waiting moves.
        """
        if self.founding.constitution.is_simulated:
            return None
        with self._lock:
            return self._sequencer.make_heartbeat()

    def acknowledged(self, transaction_hash: Hash32) -> Acknowledged | None:
        """Where a transaction stands, once its block is durable and sealed."""
        return find_acknowledged(self.chain, transaction_hash)

    def wait(self, transaction_hash: Hash32, timeout_s: float) -> Acknowledged | None:
        """Wait until a transaction is acknowledged or refused, at most `timeout_s`."""
        with self._sealed:
            self._sealed.wait_for(
                lambda: (
                    self.mempool.reason(transaction_hash) is not None or self.acknowledged(transaction_hash) is not None
                ),
                timeout_s,
            )
        return self.acknowledged(transaction_hash)

    def _default_clock(self, founding: Founding) -> Clock:
        if founding.constitution.is_simulated:
            return SimulatedClock(self._engine.head().timestamp)
        return WallClock()
