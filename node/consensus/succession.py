"""Succession: recovery keys put another sequencer in the place of one that is silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coincurve import PrivateKey

from ledger.chain.consensus_act import (
    ACT_SECRET,
    PERMISSIONS,
    ActAdmission,
    ActContext,
    ConsensusActError,
    Succession,
    sign_act,
    validate_consensus_act,
)
from ledger.chain.header import Header
from ledger.errors import BadInputError
from ledger.ports import BlockAttributes, ChainReader, Clock, Executed
from ledger.primitives import Address, Height, Timestamp, to_hex
from ledger.proofs.seal import Seal
from ledger.proofs.succession import Recovery, make_succession_seal, validate_succession
from ledger.proofs.succession_file import SuccessionFile
from ledger.secp256k1 import address_of
from ledger.views.seals import load_recovery
from node.ballot_index import BallotIndex
from node.clock import SimulatedClock, WallClock
from node.consensus.solo import Index, SealingEngine
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import Founding, LedgerFolder, load_founding
from node.permissions import StatePermissions
from node.store.lmdb_store import LmdbStore


class SuccessionError(BadInputError):
    """A succession that cannot be proposed or completed on this ledger now."""

    type = "bad-succession"


@dataclass(frozen=True, slots=True)
class Successor:
    """Proposes and completes successions on the head of one ledger, which no node writes to meanwhile.

    Errors  SuccessionError, ConsensusActError (too early, no recovery keys, validators seal), SealError,
            SignatureError, BadAttributesError. Nothing is written then.
    """

    engine: SealingEngine
    chain: ChainReader
    founding: Founding
    clock: Clock
    index: Index

    def propose(self, sequencer: Address) -> SuccessionFile:
        """The block that makes `sequencer` the sequencer, on the present head, without signatures."""
        parent = self.engine.head()
        if parent.fee_recipient == PERMISSIONS and self.chain.seal(parent.number) is None:
            raise SuccessionError(f"block {parent.number}: a succession without its seal, expected it completed first")
        recovery = load_recovery(self.engine.state())
        opens = Timestamp(parent.timestamp + 1) if recovery is None else recovery.opens(parent.timestamp)
        is_simulated = self.founding.constitution.is_simulated
        time = opens if is_simulated else max(self.clock.now(), Timestamp(parent.timestamp + 1))
        self._judge(sequencer, parent, time)
        executed = self._build(sequencer, parent, time)
        block = executed.block
        return SuccessionFile(self.founding.hash, sequencer, block.header, block.transactions[0])

    def check(self, file: SuccessionFile) -> Executed:
        """Make the file's block again on the head, and compare."""
        parent = self._check_place(file)
        self._judge(file.sequencer, parent, file.header.timestamp)
        executed = self._build(file.sequencer, parent, file.header.timestamp)
        if executed.block != file.block:
            fields = ", ".join(executed.block.header.differences(file.header)) or "transactions"
            raise SuccessionError(f"succession: the block follows from this ledger with other {fields}", fields=fields)
        return executed

    def complete(self, file: SuccessionFile) -> Seal:
        """Make the block durable, then its seal; after a crash in between, only the seal."""
        head = self.engine.head()
        if head.hash == file.header.hash:
            return self._complete_seal(file)
        executed = self.check(file)
        seal = self._make_seal(file, head)
        self.engine.make_head(executed)
        self._keep_seal(seal)
        return seal

    def is_complete(self, file: SuccessionFile) -> bool:
        """Whether the ledger holds this block with its seal already."""
        height = file.header.number
        header = self.chain.header(height)
        return header is not None and header.hash == file.header.hash and self.chain.seal(height) is not None

    def _complete_seal(self, file: SuccessionFile) -> Seal:
        height = file.header.number
        parent = self.chain.header(Height(height - 1))
        if self.chain.seal(height) is not None or parent is None:
            raise SuccessionError(f"succession: block {height} is complete already")
        seal = self._make_seal(file, parent)
        self._keep_seal(seal)
        return seal

    def _make_seal(self, file: SuccessionFile, parent: Header) -> Seal:
        header = file.header
        seal = make_succession_seal(self.founding.chain_id, header.number, header.hash, file.signatures)
        recovery = self._recovery(parent.number)
        validate_succession(header, seal, self.founding.chain_id, recovery, parent.timestamp)
        return seal

    def _keep_seal(self, seal: Seal) -> None:
        """With the index of a block beneath that was left without its seal: this one stands for it."""
        rows = dict(self.index(seal.height))
        below = Height(seal.height - 1)
        if below > 0 and self.chain.seal(below) is None:
            rows.update(self.index(below))
        self.engine.put_seal(seal.height, seal.encode(), rows)

    def _recovery(self, height: Height) -> Recovery:
        recovery = load_recovery(self.chain.state(height))
        if recovery is None:
            raise ConsensusActError("succession: this ledger has no recovery keys")
        return recovery

    def _check_place(self, file: SuccessionFile) -> Header:
        if file.founding != self.founding.hash:
            raise SuccessionError(
                f"succession: of ledger {to_hex(file.founding)}, expected {to_hex(self.founding.hash)}"
            )
        head = self.engine.head()
        if file.header.parent_hash != head.hash:
            raise SuccessionError(
                f"succession: follows block {to_hex(file.header.parent_hash)}, but the head is block {head.number}, "
                f"{to_hex(head.hash)}; propose it again"
            )
        return head

    def _judge(self, sequencer: Address, parent: Header, time: Timestamp) -> None:
        """The rule of the act, and of the clock."""
        state = self.engine.state()
        kind = StatePermissions(state).sealers().kind
        context = ActContext(kind, load_recovery(state), parent.timestamp, time)
        validate_consensus_act(Succession(sequencer), context)
        if not self.founding.constitution.is_simulated and time > self.clock.now():
            raise SuccessionError(f"succession: block time {time}, expected none after the clock's {self.clock.now()}")

    def _build(self, sequencer: Address, parent: Header, time: Timestamp) -> Executed:
        act, chain_id = Succession(sequencer), self.founding.chain_id
        raw = sign_act(act, chain_id, self.engine.state().nonce(address_of(PrivateKey(ACT_SECRET))))
        attributes = BlockAttributes(time, PERMISSIONS, b"", parent.gas_limit)
        executed = self.engine.build([raw], attributes, ActAdmission(act, chain_id))
        if executed.refusals:
            in_office = StatePermissions(self.engine.state()).sealers().members[0][0]
            raise SuccessionError(
                f"succession: {to_hex(sequencer)} refused ({executed.refusals[0].reason}), expected an account that is "
                f"not zero and not the sequencer in office, {to_hex(in_office)}"
            )
        return executed


@contextmanager
def open_successor(path: Path, *, read_only: bool, clock: Clock | None = None) -> Iterator[Successor]:
    """Open a ledger's directory for a succession, without any sequencer's key.

    Errors  NoLedgerError, WrongLedgerError, StoreLockedError while a node runs on it, unless `read_only`.
    """
    folder = LedgerFolder(path)
    founding, genesis = load_founding(folder)
    store = LmdbStore(folder.store, read_only=read_only)
    try:
        engine = PyEvmEngine(store, genesis)
        chain = engine.reader()
        if clock is None:
            is_simulated = founding.constitution.is_simulated
            clock = SimulatedClock(engine.head().timestamp) if is_simulated else WallClock()
        yield Successor(engine, chain, founding, clock, BallotIndex(chain, founding.chain_id).rows_of)
    finally:
        store.close()
