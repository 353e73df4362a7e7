"""The embedded execution engine: builds, checks and keeps blocks, as `ledger.ports.ExecutionEngine`."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from ledger.chain.genesis import Genesis, genesis_state
from ledger.chain.header import Header
from ledger.chain.trie import MissingNodeError
from ledger.errors import CannotCheckError
from ledger.ports import Block, BlockAdmission, BlockAttributes, Executed
from ledger.primitives import Hash32, Height
from node.execution.pyevm.block import Candidate, build_block, execute_block
from node.execution.pyevm.node_cache import NODE_LIMIT, NodeCache
from node.execution.pyevm.state import BlockContext, State
from node.execution.pyevm.view import PyEvmStateView
from node.execution.rules import check_attributes, check_parent, free_fields
from node.store import rows
from node.store.chain_reader import StoredChain
from node.store.opening import StoredNodes, open_chain, read_block_hash
from node.store.ports import KeyValueStore

KEPT_CANDIDATES = 4


class StateNotKeptError(MissingNodeError, CannotCheckError):
    """The state after a block that is older than the snapshot that the node began with, or that geth keeps."""

    type = "state-not-kept"


class _NodesBeside:
    """Trie nodes and codes that a block would write, before those of the store."""

    def __init__(self, entries: Mapping[bytes, bytes], stored: StoredNodes) -> None:
        self._entries = entries
        self._stored = stored

    def node(self, node_hash: bytes) -> bytes | None:
        return self._entries.get(node_hash) or self._stored.node(node_hash)


class PyEvmEngine:
    """One ledger in one store. A single thread builds and makes heads; views may be read in any thread.

    A store without a chain gets the genesis block; a store of another ledger is refused (StoreMismatchError).
    """

    def __init__(self, store: KeyValueStore, genesis: Genesis, node_limit: int = NODE_LIMIT) -> None:
        self._store = store
        self._chain_id = genesis.chain_id
        self._head = open_chain(store, *genesis_state(genesis))
        self._cache = NodeCache(StoredNodes(store), node_limit)
        self._candidates: OrderedDict[Hash32, Candidate] = OrderedDict()
        self._view: PyEvmStateView | None = None

    def head(self) -> Header:
        return self._head

    def build(
        self, transactions: Sequence[bytes], attributes: BlockAttributes, admission: BlockAdmission | None = None
    ) -> Executed:
        """As the port says; BadAttributesError for attributes that no block on the head may have."""
        check_attributes(self._head, attributes)
        state = self._open_state(attributes)
        return self._remember(build_block(state, self._head, attributes, transactions, admission))

    def execute(self, block: Block, admission: BlockAdmission | None = None) -> Executed:
        known = self._candidates.get(block.header.hash)
        if known is not None and (known.is_admitted or admission is None) and known.executed.block == block:
            return known.executed
        state = self._open_state(free_fields(block.header))
        return self._remember(execute_block(state, self._head, block, admission))

    def make_head(self, executed: Executed, extra_rows: Mapping[bytes, bytes] | None = None) -> None:
        """As the port says. `extra_rows`: rows of the node's own, written in the same commit.

        Errors  StaleBlockError where the block is no child of the head; StoreFullError, after which nothing of the
                block is written and the call may be repeated.
        """
        header = executed.block.header
        check_parent(self._head, header)
        candidate = self._candidate(executed)
        written = rows.state_rows(candidate.entries)
        written.update(rows.block_rows(executed.block, candidate.transactions, candidate.executed.receipts))
        for key, value in (extra_rows or {}).items():
            written[rows.EXTRA + key] = value
        self._store.commit(written)
        self._head = header
        self._cache.keep(candidate.tops, len(candidate.entries))
        self._candidates.clear()
        self._view = None

    def put_seal(self, height: Height, seal: bytes, extra_rows: Mapping[bytes, bytes] | None = None) -> None:
        """Write a block's seal durably, and rows of the node's own with it; the block is there already."""
        self._store.commit(rows.seal_rows(height, seal, extra_rows))

    def seal(self, height: Height) -> bytes | None:
        return self._store.get(rows.seal_key(height))

    def state(self) -> PyEvmStateView:
        """The state after the head; the same view until there is a new head."""
        view = self._view
        if view is None:
            view = PyEvmStateView(self._head, self._cache.nodes, self._context(self._head), self._cache)
            self._view = view
        return view

    def state_after(self, executed: Executed) -> PyEvmStateView:
        """As the port says; the view stays valid when the block is made the head, or is left."""
        header = executed.block.header
        source = _NodesBeside(self._candidate(executed).entries, StoredNodes(self._store))
        return PyEvmStateView(header, source, self._context(header))

    def reader(self) -> StoredChain:
        """A reader of the same store, for this process."""
        return open_reader(self._store, self._chain_id)

    def _open_state(self, attributes: BlockAttributes) -> State:
        context = BlockContext(
            chain_id=self._chain_id,
            number=self._head.number + 1,
            timestamp=attributes.timestamp,
            coinbase=attributes.fee_recipient,
            gas_limit=attributes.gas_limit,
            ancestor=lambda number: read_block_hash(self._store, number),
        )
        return State(self._cache.nodes, self._head.state_root, context, self._cache)

    def _context(self, header: Header) -> BlockContext:
        return header_context(self._store, self._chain_id, header)

    def _candidate(self, executed: Executed) -> Candidate:
        header_hash = executed.block.header.hash
        if header_hash not in self._candidates:
            self.execute(executed.block)
        return self._candidates[header_hash]

    def _remember(self, candidate: Candidate) -> Executed:
        self._candidates[candidate.executed.block.header.hash] = candidate
        while len(self._candidates) > KEPT_CANDIDATES:
            self._candidates.popitem(last=False)
        return candidate.executed


def header_context(store: KeyValueStore, chain_id: int, header: Header) -> BlockContext:
    """What calls on the state after a block see as their block: that block itself, as geth's eth_call has it."""
    return BlockContext(
        chain_id=chain_id,
        number=header.number,
        timestamp=header.timestamp,
        coinbase=header.fee_recipient,
        gas_limit=header.gas_limit,
        ancestor=lambda number: read_block_hash(store, number),
    )


def open_reader(store: KeyValueStore, chain_id: int) -> StoredChain:
    """Read a chain with the states after its blocks, beside a writer in this or another process.

    Errors  StateNotKeptError of its `state`.
    """
    nodes = StoredNodes(store)

    def open_state(header: Header) -> PyEvmStateView:
        if nodes.node(header.state_root) is None:
            raise StateNotKeptError(
                f"block {header.number}: its state is not kept here, expected one from the block on with which this "
                "node began; a node that executed every block has it",
                height=header.number,
            )
        return PyEvmStateView(header, nodes, header_context(store, chain_id, header))

    return StoredChain(store, open_state)
