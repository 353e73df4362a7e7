"""Stock py-evm, unmodified: its own tries, its own opcodes, its own rules of blocks. Shares no code with the executor
that makes blocks.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eth.chains.base import Chain
from eth.db.atomic import AtomicDB
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.blocks import CancunBlockHeader
from eth.vm.interrupt import EVMMissingData
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from ledger.chain.genesis import Genesis
from ledger.chain.header import Header
from ledger.ports import Block
from ledger.primitives import ZERO_HASH, Hash32
from node.execution.audit.backend import ScratchDB
from node.execution.audit.port import ExecutionDiffersError, Outcome, compare

NAMES = {
    "fee_recipient": "coinbase",
    "transactions_root": "transaction_root",
    "receipts_root": "receipt_root",
    "logs_bloom": "bloom",
    "number": "block_number",
    "prev_randao": "mix_hash",
}
"""Fields of a header that py-evm names otherwise."""


class StockExecutor:
    """`eth.chains.base.Chain` with the Cancun rules, from a genesis, in a folder of its own that goes with it."""

    name = "stock py-evm"
    is_independent = True

    def __init__(self, genesis: Genesis, witness: Callable[[bytes], bytes | None] | None = None) -> None:
        self._folder = TemporaryDirectory(prefix="ortaq-audit-")
        self._store = ScratchDB(Path(self._folder.name), witness)
        chain_class = Chain.configure("Audited", vm_configuration=((0, CancunVM),), chain_id=genesis.chain_id)
        self._chain: Any = chain_class.from_genesis(AtomicDB(self._store), _parameters(genesis), _accounts(genesis))
        self._block_class = CancunVM.get_block_class()
        self._decode = CancunVM.get_transaction_builder().decode

    def genesis(self) -> Hash32:
        return Hash32(self._chain.get_canonical_block_header_by_number(0).hash)

    def skip(self, header: Header) -> None:
        """Take a block's header as it is: others execute the block. What it leads to comes from the witness."""
        self._chain.chaindb.persist_header(stock_header(header))

    def execute(self, block: Block) -> None:
        """As the port says."""
        try:
            stock = self._block_class(
                stock_header(block.header), [self._decode(raw) for raw in block.transactions], [], []
            )
            imported = self._run(stock)
            header = imported.header
            compare(block.header, Outcome(header.state_root, header.receipt_root, header.gas_used))
            # The states are there already; nobody reads bodies and receipts again.
            self._chain.chaindb.persist_header(header)
        except (ValidationError, EVMMissingData, RLPException, ValueError, KeyError) as error:
            raise ExecutionDiffersError("block", "a block that can be executed", str(error)[:300]) from error

    def close(self) -> None:
        self._store.close()
        self._folder.cleanup()

    def _run(self, stock: Any) -> Any:
        """The block that follows. `Chain.import_block` does the same, but does not say what differs."""
        parent = self._chain.get_block_header_by_hash(stock.header.parent_hash)
        base = self._chain.create_header_from_parent(parent).copy(gas_used=stock.header.gas_used)
        return self._chain.get_vm(base).import_block(stock).block


def _parameters(genesis: Genesis) -> dict[str, Any]:
    header = genesis.header
    return {
        "coinbase": header.fee_recipient,
        "difficulty": 0,
        "extra_data": header.extra_data,
        "gas_limit": header.gas_limit,
        "mix_hash": ZERO_HASH,
        "nonce": bytes(8),
        "timestamp": header.timestamp,
        "base_fee_per_gas": 0,
        # By default py-evm takes another one here.
        "parent_beacon_block_root": ZERO_HASH,
    }


def _accounts(genesis: Genesis) -> dict[Any, Any]:
    return {
        address: {
            "balance": account.balance,
            "nonce": account.nonce,
            "code": account.code,
            "storage": dict(account.storage),
        }
        for address, account in genesis.alloc.items()
    }


def stock_header(header: Header) -> CancunBlockHeader:
    """A header as py-evm has it."""
    fields: dict[str, Any] = {NAMES.get(name, name): value for name, value in vars(header).items() if name != "hash"}
    fields["bloom"] = int.from_bytes(header.logs_bloom, "big")
    return CancunBlockHeader(**fields)
