"""The geth execution engine: geth executes, the node's own store keeps the chain, as `ledger.ports.ExecutionEngine`."""

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from ledger.chain.genesis import Genesis
from ledger.chain.header import Header
from ledger.ports import Block, BlockAdmission, BlockAttributes, Executed
from ledger.primitives import Hash32, Height
from node.execution.geth import trials
from node.execution.geth.building import BlockBuilder, Candidate
from node.execution.geth.catch_up import catch_up
from node.execution.geth.errors import ExecutorUnavailableError
from node.execution.geth.link import Asker, DirectAsker, GethLink
from node.execution.geth.pace import Pace
from node.execution.geth.process import ANSWER_S, GethOptions, GethProcess
from node.execution.geth.rpc import IpcClient
from node.execution.geth.view import GethStateView
from node.execution.rules import check_attributes, check_parent
from node.store import rows
from node.store.chain_reader import StoredChain
from node.store.opening import open_chain
from node.store.ports import KeyValueStore
from node.store.senders import Senders

log = logging.getLogger("ortaq.executor")

KEPT_CANDIDATES = 4


class GethEngine:
    """One ledger whose blocks geth executes. A single thread builds and makes heads; views and readers are for any.

    The store holds blocks, receipts, logs, seals and the node's rows, and is the truth: a block is the head once it is
    written there. geth holds the states. Whatever geth lost is replayed from the store, when it is opened and whenever
    it had to be started again.

    Errors  of every method that asks geth: ExecutorUnavailableError, once nothing went forward for the time that
            `GethOptions.patience_s` allows.
    """

    def __init__(self, process: GethProcess, genesis: Genesis, store: KeyValueStore, options: GethOptions) -> None:
        self._process = process
        self._store = store
        self._head = open_chain(store, genesis.header, {}, has_states=False)
        self.link = GethLink(process, options, lambda asker, progress: catch_up(asker, self._chain, progress))
        self._chain = _chain_reader(store, self.link)
        self._builder = BlockBuilder(self.link, genesis.chain_id, self._return_to_head, Pace(options.trial_s))
        self._candidates: OrderedDict[Hash32, Candidate] = OrderedDict()
        self._senders = Senders(store)
        self._view = GethStateView(self._head, self.link, self._senders)

    @classmethod
    def open(
        cls, folder: Path, genesis: Genesis, store: KeyValueStore, options: GethOptions | None = None
    ) -> "GethEngine":
        """Start geth in `folder` and bring it to the head of the chain in `store`, which gets the genesis if empty.

        The store stays the caller's; close the engine first. One that the embedded engine wrote will do: geth then
        executes its blocks once again.

        Errors  StoreMismatchError, StoreDamagedError; ExecutorMissingError; ExecutorUnavailableError;
                ExecutorDisagreesError where geth finds a block of the store invalid.
        """
        options = options or GethOptions()
        engine = cls(GethProcess(folder, genesis, options), genesis, store, options)
        try:
            engine.link.open()
        except BaseException:
            engine.close()
            raise
        return engine

    def __enter__(self) -> "GethEngine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End geth in order."""
        self.link.close()

    @property
    def version(self) -> str:
        """geth's version."""
        return self._process.version

    def head(self) -> Header:
        return self._head

    def build(
        self, transactions: Sequence[bytes], attributes: BlockAttributes, admission: BlockAdmission | None = None
    ) -> Executed:
        """As the port says; BadAttributesError for attributes that no block on the head may have.

        `admission` is asked before as often as there are trials, afterwards once for each transaction that it decides.
        """
        check_attributes(self._head, attributes)
        return self._remember(self._builder.build(self._view, transactions, attributes, admission))

    def execute(self, block: Block, admission: BlockAdmission | None = None) -> Executed:
        known = self._candidates.get(block.header.hash)
        if known is not None and (known.is_admitted or admission is None) and known.executed.block == block:
            return known.executed
        return self._remember(self._builder.check(self._view, block, admission))

    def make_head(self, executed: Executed, extra_rows: Mapping[bytes, bytes] | None = None) -> None:
        """As the port says. `extra_rows`: rows of the node's own, written in the same commit.

        geth hears of it afterwards. Where it cannot be reached the block is the head all the same, and geth gets it
        with the next request that reaches it: a committed block must not fail.

        Errors  StaleBlockError where the block is no child of the head; StoreFullError, after which nothing of the
                block is written and the call may be repeated.
        """
        header = executed.block.header
        check_parent(self._head, header)
        candidate = self._candidates.get(header.hash)
        if candidate is None:
            self.execute(executed.block)
            candidate = self._candidates[header.hash]
        written = rows.block_rows(executed.block, candidate.transactions, candidate.executed.receipts)
        for key, value in (extra_rows or {}).items():
            written[rows.EXTRA + key] = value
        self._store.commit(written)
        self._head = header
        self._candidates.clear()
        self._view = GethStateView(header, self.link, self._senders)
        self._process.trim_log()
        try:
            self._return_to_head()
        except ExecutorUnavailableError as error:
            log.warning("block %d is durable, but geth did not get it yet: %s", header.number, error.detail)

    def put_seal(self, height: Height, seal: bytes, extra_rows: Mapping[bytes, bytes] | None = None) -> None:
        """Write a block's seal durably, and rows of the node's own with it; the block is there already."""
        self._store.commit(rows.seal_rows(height, seal, extra_rows))

    def seal(self, height: Height) -> bytes | None:
        return self._store.get(rows.seal_key(height))

    def state(self) -> GethStateView:
        """The state after the head; the same view until there is a new head."""
        return self._view

    def state_after(self, executed: Executed) -> GethStateView:
        """As the port says; the view stays valid when the block is made the head, or is left."""
        if executed.block.header.hash not in self._candidates:
            self.execute(executed.block)
        return GethStateView(executed.block.header, self.link)

    def reader(self) -> StoredChain:
        """A reader of the same store, for any thread of this process."""
        return self._chain

    def _return_to_head(self) -> None:
        """Make the head of the chain geth's head; a geth that lost the block is brought up to the chain anew."""
        if not trials.make_head(self.link, self._head):
            self.link.renew(f"executor: geth lost block {self._head.number}")

    def _remember(self, candidate: Candidate) -> Executed:
        self._candidates[candidate.executed.block.header.hash] = candidate
        while len(self._candidates) > KEPT_CANDIDATES:
            self._candidates.popitem(last=False)
        return candidate.executed


def open_reader(folder: Path, store: KeyValueStore, answer_s: float = ANSWER_S) -> StoredChain:
    """Read a chain with the states after its blocks, from another process than the one that runs geth in `folder`.

    Errors of its views: NoAnswerError while geth does not answer; nothing is started from here.
    """
    return _chain_reader(store, DirectAsker(IpcClient(folder / "geth.ipc"), answer_s))


def _chain_reader(store: KeyValueStore, asker: Asker) -> StoredChain:
    return StoredChain(store, lambda header: GethStateView(header, asker))
