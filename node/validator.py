"""A validator's node: one ledger's directory, opened for writing, with CometBFT deciding on its blocks."""

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol

from ledger.chain.genesis import Genesis
from ledger.ports import ChainReader, Clock, EvidenceStore, ExecutionEngine
from ledger.primitives import Hash32, Height
from node.acknowledgement import Acknowledged, find_acknowledged
from node.ballot_index import BallotIndex
from node.clock import WallClock
from node.consensus.comet.application import Application
from node.consensus.comet.configuration import CometHome, CometSettings, app_socket, rpc_socket
from node.consensus.comet.expulsion import Expulsion
from node.consensus.comet.genesis import make_genesis_document
from node.consensus.comet.offering import Offering
from node.consensus.comet.process import Supervised, check_version
from node.consensus.comet.redial import Redial
from node.consensus.comet.rpc import CometRpc
from node.consensus.comet.seals import SealKeeper
from node.consensus.comet.server import AbciServer
from node.consensus.comet.stall import Stall
from node.consensus.comet.validators import AnyPeer, PeerSource, ValidatorSource, powers_of
from node.decoding import decode_once
from node.evidence import open_evidence_store
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import LedgerFolder, load_founding
from node.mempool import Mempool, MempoolError
from node.processors import go_environment
from node.store.lmdb_store import LmdbStore

POLL_S = 0.25

log = logging.getLogger(__name__)


class MemberEngine(ExecutionEngine, Protocol):
    """An executor whose store also keeps the seals."""

    def put_seal(self, height: Height, seal: bytes, extra_rows: Mapping[bytes, bytes] | None = None) -> None: ...

    def reader(self) -> ChainReader: ...


OpenEngine = Callable[[LmdbStore, Genesis], MemberEngine]


@dataclass(frozen=True, slots=True)
class Member:
    """What makes a directory a member of a network.

    Shape   `binary`: CometBFT; `validators`, `peers`: where the state names them; `open_engine`: the executor;
            `fixed_peers`: whom it dials instead of the validators that the state names, `NODE_ID@HOST:PORT`.
    """

    binary: Path
    validators: ValidatorSource
    peers: PeerSource = field(default_factory=AnyPeer)
    settings: CometSettings = field(default_factory=CometSettings)
    open_engine: OpenEngine = PyEvmEngine
    fixed_peers: tuple[str, ...] = ()


class ValidatorNode:
    """Store, executor, application and CometBFT of one member. Its methods may be called from any thread.

    Errors  on opening those of `EmbeddedNode`; EngineMissingError, WrongEngineVersionError, ConsensusKeyError,
            ValidatorSetError, ProgressError.
    """

    def __init__(self, path: Path, member: Member, *, kubo: str | None = None) -> None:
        self.folder = LedgerFolder(path)
        self.founding, genesis = load_founding(self.folder)
        check_version(member.binary)
        self.home = CometHome(path.resolve() / "comet")
        self.clock: Clock = WallClock()
        self.mempool = Mempool()
        self._changed = threading.Condition()
        with ExitStack() as stack:
            store = LmdbStore(self.folder.store)
            stack.callback(store.close)
            engine = member.open_engine(store, genesis)
            self.chain: ChainReader = engine.reader()
            self.evidence: EvidenceStore = open_evidence_store(self.folder.evidence, kubo)
            self.keys = self.home.open_keys()
            # A unix socket's path has some 100 bytes: it cannot stand in the ledger's directory.
            sockets = Path(tempfile.mkdtemp(prefix="ortaq-"))
            stack.callback(shutil.rmtree, sockets, ignore_errors=True)
            self.rpc = CometRpc(rpc_socket(sockets))
            stack.callback(self.rpc.close)
            index = BallotIndex(self.chain, genesis.chain_id)
            self._keeper = SealKeeper(engine, self.chain, genesis.chain_id, self.rpc, index.rows_of, self._note_sealed)
            self._application = self._make_application(engine, genesis, member)
            self._write_home(engine, member, sockets)
            server = AbciServer(self._application, app_socket(sockets))
            stack.callback(server.close)
            server.start()
            checks = self._application.checks
            self._offering = Offering(self.rpc, checks.unplaced, checks.refuse, checks.has_room)
            for part in (self._keeper, self._offering):
                stack.callback(part.close)
                part.start()
            command: list[str | Path] = [member.binary, "start", "--home", self.home.path]
            log_file, leftovers = path / "logs" / "cometbft.log", [rpc_socket(sockets)]
            self.process = Supervised(
                *(command, self.home.path, log_file, leftovers),
                on_restart=self._offer_again,
                # The node and its executor need the other half.
                environment=go_environment(2),
                noted=self.home.process,
            )
            own, restart = self.keys.validator, self.process.restart
            named = (member.validators, member.peers)
            expulsion = Expulsion(engine, *named, self.rpc, own, restart)
            stack.callback(self.process.stop)
            self.process.start()
            stall = Stall(self.rpc, lambda: self._application.is_busy, restart)
            redial = Redial(engine, *named, self.rpc, self.keys.node_id, member.fixed_peers)
            for watch in (expulsion, stall, redial):
                stack.callback(watch.close)
                watch.start()
            self._open = stack.pop_all()

    def __enter__(self) -> "ValidatorNode":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop CometBFT, then the application, then let go of the store."""
        self._open.close()

    def submit(self, raw: bytes) -> Hash32:
        """Take a transaction and offer it to the network; while CometBFT is away it waits here.

        Errors  BadTransactionError for its form; MempoolError where it cannot wait.
        """
        transaction = decode_once(raw, self.founding.chain_id)
        if transaction.hash in self.mempool:
            return transaction.hash
        reason = self._application.checks.admit(raw).reason
        if reason is not None:
            raise MempoolError(reason, nonce=transaction.nonce)
        self._offering.add(raw)
        return transaction.hash

    def foresee(self, raws: Sequence[bytes]) -> None:
        """As `Node` says: the senders' nonces are asked for together."""
        self._application.checks.foresee(raws)

    def acknowledged(self, transaction_hash: Hash32) -> Acknowledged | None:
        """Where a transaction stands, once its block is durable and sealed."""
        return find_acknowledged(self.chain, transaction_hash)

    def wait(self, transaction_hash: Hash32, timeout_s: float) -> Acknowledged | None:
        """Wait until a transaction is acknowledged or refused, at most `timeout_s`."""
        end = time.monotonic() + timeout_s
        with self._changed:
            while self.acknowledged(transaction_hash) is None and self.mempool.reason(transaction_hash) is None:
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(min(left, POLL_S))
        return self.acknowledged(transaction_hash)

    def _make_application(self, engine: MemberEngine, genesis: Genesis, member: Member) -> Application:
        return Application(
            engine,
            self.chain,
            genesis.chain_id,
            member.validators,
            peers=member.peers,
            mempool=self.mempool,
            on_decided=self._keeper.wake,
        )

    def _write_home(self, engine: MemberEngine, member: Member, sockets: Path) -> None:
        powers = powers_of(member.validators.validators(engine.state()))
        self.home.write_genesis(make_genesis_document(self.founding.chain_id, engine.head(), powers))
        self.home.write_config(member.settings, sockets)

    def _offer_again(self) -> None:
        self._application.checks.on_restart()
        self._offering.again()

    def _note_sealed(self, raws: Sequence[bytes]) -> None:
        self._application.checks.on_sealed(raws)
        with self._changed:
            self._changed.notify_all()
