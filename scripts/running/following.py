"""A follower: reads the public feed of one node, repeats every block, and shows what it could repeat."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType

from coincurve import PrivateKey

from ledger.errors import BadInputError, CannotCheckError, LedgerError
from ledger.evidence.cid import Cid, parse_cid
from ledger.evidence.errors import EvidenceNotFoundError
from ledger.evidence.reader import read_file, verify_block
from ledger.ports import ChainReader, EvidenceStore
from ledger.primitives import Hash32, Height
from ledger.proofs.anchor import Anchor
from node.acknowledgement import Acknowledged, find_acknowledged
from node.ballot_index import BallotIndex
from node.clock import SimulatedClock, WallClock
from node.evidence import open_evidence_store
from node.evidence.local import LocalEvidenceStore
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import LedgerFolder, load_founding
from node.mempool import Mempool
from node.store.lmdb_store import LmdbStore
from node.watchdog.executors import Executor
from node.watchdog.judge import Judge
from node.watchdog.sealing import with_successors
from node.watchdog.signer import WitnessSigner
from scripts.founding.settings import Settings
from scripts.records.feed import FeedClient
from scripts.running.documents import DocumentGatherer
from scripts.running.ledgers import kubo_address, read_anchor

POLL_S = 1.0
RETRY_S = 10.0
PART_BLOCKS = 64
HIGH_WATER = "follower.high-water"

LOG = logging.getLogger("ortaq.node")


class NotAMemberError(BadInputError):
    """A transaction offered to a node that only follows; a member takes it."""

    type = "not-a-member"


class FollowerAnchorError(CannotCheckError):
    """A follower without an anchor in its directory: it could not tell a forged ledger from its own."""

    type = "no-anchor"


class FollowedEvidence:
    """The follower's own documents, and those of the node that it follows, checked against their CIDs."""

    def __init__(self, own: EvidenceStore, feed: FeedClient) -> None:
        self._own = own
        self._feed = feed

    def add(self, data: bytes) -> str:
        return self._own.add(data)

    def add_directory(self, files: dict[str, bytes]) -> str:
        return self._own.add_directory(files)

    def has(self, cid: str) -> bool:
        if self._own.has(cid):
            return True
        try:
            self.block(cid)
        except LedgerError:
            return False
        return True

    def get(self, cid: str) -> bytes:
        if self._own.has(cid):
            return self._own.get(cid)
        return read_file(parse_cid(cid), self.fetch)

    def block(self, cid: str) -> bytes:
        try:
            return self._own.block(cid)
        except EvidenceNotFoundError:
            return self.fetch(parse_cid(cid))

    def fetch(self, cid: Cid) -> bytes:
        """A block from the other node, checked."""
        data = self._feed.evidence_block(cid)
        verify_block(cid, data)
        return data


class FollowerNode:
    """A directory that follows a feed, as `node.ports.Node`; it takes no transactions.

    Each block is judged as a watchdog does: by whom it is sealed, from the anchor on; by every rule; by execution.
    Shape   `problem`: why it does not go on, empty while it does; `failure`, `stopped`: as of any worker.
    Errors  on opening those of `load_founding`; StoreLockedError; FollowerAnchorError.
    """

    def __init__(self, path: Path, url: str, settings: Settings) -> None:
        self.folder = LedgerFolder(path)
        self.founding, genesis = load_founding(self.folder)
        anchor = read_anchor(self.folder)
        if anchor is None:
            raise FollowerAnchorError(f"{self.folder.anchor}: missing, expected the anchor that this node trusts")
        self._anchor: Anchor = anchor
        self.mempool = Mempool()
        self.problem = ""
        self.failure: BaseException | None = None
        self.stopped = threading.Event()
        self._stop = threading.Event()
        with ExitStack() as stack:
            self._feed = stack.enter_context(closing(FeedClient(url)))
            store = stack.enter_context(closing(LmdbStore(self.folder.store)))
            self._engine = PyEvmEngine(store, genesis)
            self.chain: ChainReader = self._engine.reader()
            own = open_evidence_store(self.folder.evidence, kubo_address(settings))
            followed = FollowedEvidence(own, self._feed)
            self.evidence: EvidenceStore = followed
            # A Kubo daemon has peers of its own.
            self._gatherer = None
            if isinstance(own, LocalEvidenceStore):
                self._gatherer = DocumentGatherer(self.chain, own, followed.fetch)
            simulated = self.founding.constitution.is_simulated
            self.clock = SimulatedClock(self._engine.head().timestamp) if simulated else WallClock()
            self._index = BallotIndex(self.chain, genesis.chain_id)
            # It vouches for nothing: the note of what it has seen is all that is used of a witness.
            signer = WitnessSigner(PrivateKey(), genesis.chain_id, path / HIGH_WATER)
            executor = Executor("pyevm", self._engine, self.chain)
            self.judge = Judge([executor], genesis.chain_id, anchor, signer, None if simulated else time.time)
            self._index_head()
            self._open = stack.pop_all()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def __enter__(self) -> "FollowerNode":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._open.close()

    def wake(self) -> None:
        """Nothing waits here."""

    def foresee(self, raws: Sequence[bytes]) -> None:
        """Nothing to do: this node takes none."""

    def submit(self, raw: bytes) -> Hash32:  # noqa: ARG002
        """Errors  NotAMemberError, always."""
        raise NotAMemberError("this node follows others and takes no transactions; send it to a member")

    def acknowledged(self, transaction_hash: Hash32) -> Acknowledged | None:
        """Where a transaction stands, once its block was repeated here."""
        return find_acknowledged(self.chain, transaction_hash)

    def wait(self, transaction_hash: Hash32, timeout_s: float) -> Acknowledged | None:
        """Wait until a transaction stands in a block that was repeated here, at most `timeout_s`."""
        end = time.monotonic() + timeout_s
        while (found := self.acknowledged(transaction_hash)) is None and time.monotonic() < end:
            self._stop.wait(POLL_S)
        return found

    def catch_up(self) -> int:
        """Repeat what the feed has more; how many blocks those were.

        Errors  NodeUnreachableError, PeerMisbehavesError; BlockRefusedError, EarlyBlockError, PathError.
        """
        facts, judge = self._feed.facts(), self.judge
        if facts.founding != self._anchor.founding:
            raise FollowerAnchorError("the node at the URL is of another ledger than the anchor in this directory")
        before = judge.head.number
        if judge.path.is_needed(judge.head) and facts.last >= judge.path.waypoint.height:
            blocks = self._feed.blocks(before + 1, judge.path.waypoint.height)
            judge.path.set(judge.head, [sealed.block.header.hash for sealed in blocks])
        while judge.head.number < facts.last and not self._stop.is_set():
            # The peer has a later block, so it keeps for ever the seal that it now gives of this node's newest one.
            first = judge.head.number + (0 if judge.is_unsettled else 1)
            part = list(self._feed.blocks(first, min(facts.last, first + PART_BLOCKS)))
            for sealed, successor in with_successors(part, facts.last):
                if sealed.block.header.number <= judge.head.number:
                    judge.settle(sealed)
                else:
                    judge.take(sealed, successor)
                    self._index_head()
        return judge.head.number - before

    def _index_head(self) -> None:
        """Rows that pages need; a kill may have come before them."""
        head = self._engine.head().number
        seal = self.chain.seal(Height(head))
        if seal is None:
            return
        rows = dict(self._index.rows_of(head))
        if head > 1 and self.chain.seal(below := Height(head - 1)) is None:
            # This succession stands for that block's seal, too.
            rows.update(self._index.rows_of(below))
        self._engine.put_seal(head, seal, rows)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.catch_up()
                if self._gatherer is not None:
                    self._gatherer.gather()
            except LedgerError as error:
                if error.detail != self.problem:
                    LOG.error("not followed on: %s", error.detail)  # noqa: TRY400  the peer's fault has no trace of ours
                self.problem = error.detail
                self._stop.wait(RETRY_S)
                continue
            except BaseException as error:
                self.failure = error
                LOG.critical("no more blocks: %s", error)
                self.stopped.set()
                return
            self.problem = ""
            self._stop.wait(POLL_S)
