"""The solo sequencer: one key that decides on the next block, and seals it once it is durable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.chain.admission import Admission
from ledger.chain.header import Header
from ledger.chain.transaction import Transaction
from ledger.errors import CheckFailedError
from ledger.ports import BlockAttributes, ChainReader, Clock, Executed, ExecutionEngine
from ledger.primitives import ZERO_ADDRESS, Hash32, Height, Timestamp, keccak256
from ledger.proofs.seal import Seal, SealerSet, SealKind
from ledger.views.seals import load_recovery, load_sealers
from node.consensus.signer import SoloSigner
from node.execution.rules import BLOCK_FULL
from node.mempool import Mempool
from node.permissions import StatePermissions

HEARTBEATS = 4
"""Empty blocks in the silence after which recovery keys may name another sequencer."""
HEARTBEAT_LEAST_S = 60
"""No empty block sooner after the newest one, however short the silence is: what is idle costs nothing."""

Index = Callable[[Height], Mapping[bytes, bytes]]
"""Rows that the node derives from a block that is the head, kept in one step with its seal."""


class SealingEngine(ExecutionEngine, Protocol):
    """An execution engine whose store also keeps the seals."""

    def put_seal(self, height: Height, seal: bytes, extra_rows: Mapping[bytes, bytes] | None = None) -> None: ...


class WrongSealerError(CheckFailedError):
    """This key may not seal: `Permissions` names another."""

    type = "wrong-sealer"


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A durable block and its seal: everything in it is acknowledged."""

    executed: Executed
    seal: Seal


class SoloSequencer:
    """Makes blocks from the mempool, one after another. Not for two threads at once.

    Order   execute, make durable, note in the high-water file, sign, keep seal and index. A crash in between leaves at
            most a durable head without them, which `recover` makes good.
    """

    def __init__(
        self,
        engine: SealingEngine,
        chain: ChainReader,
        signer: SoloSigner,
        mempool: Mempool,
        clock: Clock,
        index: Index,
    ) -> None:
        self._engine = engine
        self._chain = chain
        self._signer = signer
        self._mempool = mempool
        self._clock = clock
        self._index = index

    def recover(self) -> Seal | None:
        """Seal a head that was made durable and then not sealed (a crash, a full disk), if there is one.

        Errors  DoubleSealError; WrongSealerError for a head that another key has to seal: nothing is signed then.
        """
        head = self._engine.head()
        if head.number == 0:
            return None
        if self._chain.seal(head.number) is not None:
            self._signer.remember(head.number, head.hash)
            return None
        if head.fee_recipient != ZERO_ADDRESS:
            raise WrongSealerError(
                f"block {head.number}: a succession without its seal; `ortaq succession complete` once more writes it"
            )
        self._check_sealer(load_sealers(self._chain.state(Height(head.number - 1))))
        seal = self._seal(head.number, head.hash)
        block = self._chain.block(head.number)
        self._mempool.remove(keccak256(raw) for raw in (block.transactions if block else ()))
        return seal

    def make_block(self) -> SealedBlock | None:
        """Make, store and seal the next block; None if nothing waits that may stand in one, or the clock has not moved.

        Errors  WrongSealerError if a ballot or a succession gave its place to others; DoubleSealError if this key has
                sealed another block of that height, which happens on a restored backup. Nothing is written then.
        """
        self.recover()
        parent = self._engine.head()
        time = self._clock.propose(parent.timestamp)
        if not len(self._mempool) or time is None:
            return None
        waiting = self._mempool.take(self._engine.state())
        return self._make(parent, time, waiting) if waiting else None

    def make_heartbeat(self) -> SealedBlock | None:
        """Make an empty block where one is due: none came for a part of the silence after which recovery keys may name
        another sequencer. None where it is not due, and on a ledger without such keys.

        Errors  as `make_block`.
        """
        parent = self._engine.head()
        due = self._heartbeat_due(parent)
        if due is None or self._clock.now() < due:
            return None
        self.recover()
        time = self._clock.propose(parent.timestamp)
        return None if time is None else self._make(parent, time, [])

    def _heartbeat_due(self, newest: Header) -> Timestamp | None:
        recovery = load_recovery(self._engine.state())
        if recovery is None:
            return None
        return Timestamp(newest.timestamp + max(HEARTBEAT_LEAST_S, recovery.silence // HEARTBEATS))

    def _make(self, parent: Header, time: Timestamp, waiting: Sequence[Transaction]) -> SealedBlock | None:
        """A block of what waits, or an empty one of nothing; None where nothing that waits may stand in it."""
        permissions = StatePermissions(self._engine.state())
        self._check_sealer(permissions.sealers())
        attributes = BlockAttributes(time, ZERO_ADDRESS, b"", parent.gas_limit)
        executed = self._engine.build([tx.raw for tx in waiting], attributes, Admission(permissions))
        for refusal in executed.refusals:
            if not refusal.reason.startswith(BLOCK_FULL):
                self._mempool.refuse(waiting[refusal.index].hash, refusal.reason)
        if waiting and not executed.block.transactions:
            return None
        header = executed.block.header
        self._signer.validate(header.number, header.hash)
        self._engine.make_head(executed)
        seal = self._seal(header.number, header.hash)
        refused = {refusal.index for refusal in executed.refusals}
        self._mempool.remove(tx.hash for i, tx in enumerate(waiting) if i not in refused)
        return SealedBlock(executed, seal)

    def _check_sealer(self, sealers: SealerSet) -> None:
        if sealers.kind is not SealKind.SOLO:
            raise WrongSealerError("sealers: Permissions names validators, expected one sequencer")
        sealer = sealers.members[0][0]
        if sealer != self._signer.address:
            raise WrongSealerError(
                f"sealer: this node's key is 0x{self._signer.address.hex()}, Permissions names 0x{sealer.hex()}"
            )

    def _seal(self, height: Height, block_hash: Hash32) -> Seal:
        seal = self._signer.seal(height, block_hash)
        self._engine.put_seal(height, seal.encode(), self._index(height))
        return seal
