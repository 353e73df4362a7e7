"""The state that py-evm's opcodes see: accounts, what is warm, transient storage, and the block they run in."""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.primitives import ZERO_HASH, Address, Gas, Hash32
from node.execution.pyevm.accounts import Accounts, StateSource, Tops
from node.execution.pyevm.precompiles import PRECOMPILES

ANCESTORS = 256
"""How many blocks BLOCKHASH reaches back."""


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What a contract can read of the block it runs in. `ancestor` gives the hash of an earlier block, or None."""

    chain_id: int
    number: int
    timestamp: int
    coinbase: Address
    gas_limit: Gas
    ancestor: Callable[[int], Hash32 | None]


class State(Accounts):
    """Accounts with the marks of one transaction, in a block whose base fee and blob gas are 0.

    The names of methods and properties are those of `eth.abc.StateAPI`, as far as Cancun's opcodes use them.
    """

    def __init__(
        self,
        source: StateSource,
        state_root: Hash32,
        context: BlockContext,
        tops: Tops | None = None,
    ) -> None:
        super().__init__(source, state_root, tops)
        self.execution_context = context
        self._transient: dict[tuple[bytes, int], bytes] = {}
        self.coinbase = context.coinbase
        self.timestamp = context.timestamp
        self.block_number = context.number
        self.gas_limit = context.gas_limit
        self.mix_hash = ZERO_HASH
        self.difficulty = 0
        self.base_fee = 0
        self.blob_base_fee = 1

    def begin_transaction(self) -> None:
        """Forget what the last transaction left behind: the undo log, warmth, original values, transient storage."""
        self._journal.clear()
        self._warm.clear()
        self._originals.clear()
        self._transient.clear()

    def is_address_warm(self, address: bytes) -> bool:
        return address in self._warm or address in PRECOMPILES

    def mark_address_warm(self, address: bytes) -> None:
        if address not in self._warm:
            self._warm.add(address)
            self._journal.append((None, address, None))

    def is_storage_warm(self, address: bytes, slot: int) -> bool:
        return (address, slot) in self._warm

    def mark_storage_warm(self, address: bytes, slot: int) -> None:
        key = (address, slot)
        if key not in self._warm:
            self._warm.add(key)
            self._journal.append((None, key, None))

    def get_transient_storage(self, address: bytes, slot: int) -> bytes:
        return self._transient.get((address, slot), b"")

    def set_transient_storage(self, address: bytes, slot: int, value: bytes) -> None:
        key = (address, slot)
        self._journal.append((self._transient, key, self._transient.get(key, b"")))
        self._transient[key] = value

    def get_ancestor_hash(self, number: int) -> bytes:
        """Return the hash of one of the last 256 blocks, otherwise empty bytes."""
        if not self.block_number - ANCESTORS <= number < self.block_number or number < 0:
            return b""
        return self.execution_context.ancestor(number) or b""
