"""One message on both engines, from the same state."""

from eth.vm.chain_context import ChainContext
from eth.vm.forks.cancun import CancunVM
from eth.vm.message import Message as StockMessage

from node.execution.pyevm.computation import Computation
from node.execution.pyevm.engine import PyEvmEngine, header_context
from node.execution.pyevm.message import Message, TransactionContext
from node.execution.pyevm.state import State
from node.store.memory import MemoryStore
from node.store.opening import StoredNodes
from tests.node.execution.ledgers import CHAIN_ID, make_genesis
from tests.node.execution.stock import StockChain, stock_header

CALLER, PLACE = b"\x01" * 20, b"\x77" * 20


class Pair:
    """The same state on both engines."""

    def __init__(self) -> None:
        genesis = make_genesis()
        store = MemoryStore()
        header = PyEvmEngine(store, genesis).head()
        chain = StockChain(genesis).chain
        self.stock = CancunVM.build_state(chain.chaindb.db, stock_header(header), ChainContext(CHAIN_ID), ())
        self.context = header_context(store, CHAIN_ID, header)
        self.state_root, self.nodes = header.state_root, StoredNodes(store)

    def run_stock(self, code: bytes, data: bytes, gas: int) -> tuple:
        state = self.stock
        state.lock_changes()
        before = state.snapshot()
        message = StockMessage(gas=gas, to=PLACE, sender=CALLER, value=0, data=data, code=code)
        context = state.get_transaction_context_class()(gas_price=0, origin=CALLER)
        result = state.computation_class.apply_message(state, message, context)
        slots = [state.get_storage(PLACE, slot) for slot in (0, 1, 2, 31, 32)]
        state.revert(before)
        state.clear_transient_storage()
        entries = [
            (number, address, tuple(topic.to_bytes(32, "big") for topic in topics), entry)
            for number, address, topics, entry in result.get_raw_log_entries()
        ]
        return outcome(result, slots, entries)

    def run_embedded(self, code: bytes, data: bytes, gas: int) -> tuple:
        state = State(self.nodes, self.state_root, self.context)
        state.mark_address_warm(state.coinbase)
        message = Message(gas=gas, to=PLACE, sender=CALLER, value=0, data=data, code=code)
        result = Computation.apply_message(state, message, TransactionContext(CALLER))
        slots = [state.get_storage(PLACE, slot) for slot in (0, 1, 2, 31, 32)]
        return outcome(result, slots, list(result.get_raw_log_entries()))


def outcome(result, slots: list[int], entries: list) -> tuple:
    return (
        result.is_success,
        result.get_gas_remaining(),
        bytes(result.output),
        result.get_gas_refund(),
        slots,
        entries,
    )
