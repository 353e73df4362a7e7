"""Stock py-evm, unchanged: the chain that the embedded engine is compared with."""

from eth.chains.base import Chain
from eth.db.atomic import AtomicDB
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.blocks import CancunBlockHeader

from ledger.chain.genesis import Genesis
from ledger.chain.header import Header
from ledger.ports import Block
from ledger.primitives import ZERO_HASH


class StockChain:
    """`eth.chains.base.Chain` with the Cancun rules, from the same genesis."""

    def __init__(self, genesis: Genesis) -> None:
        chain_class = Chain.configure("Stock", vm_configuration=((0, CancunVM),), chain_id=genesis.chain_id)
        header = genesis.header
        parameters = {
            "coinbase": header.fee_recipient,
            "difficulty": 0,
            "extra_data": header.extra_data,
            "gas_limit": header.gas_limit,
            "mix_hash": ZERO_HASH,
            "nonce": bytes(8),
            "timestamp": header.timestamp,
            "base_fee_per_gas": 0,
            "parent_beacon_block_root": ZERO_HASH,
        }
        state = {
            address: {
                "balance": account.balance,
                "nonce": account.nonce,
                "code": account.code,
                "storage": dict(account.storage),
            }
            for address, account in genesis.alloc.items()
        }
        self.chain = chain_class.from_genesis(AtomicDB(), parameters, state)

    @property
    def head_hash(self) -> bytes:
        return self.chain.get_canonical_head().hash

    def import_block(self, block: Block) -> None:
        """Execute and check a block; eth_utils.ValidationError where stock py-evm refuses it."""
        self.chain.import_block(decode_block(block))


def decode_block(block: Block):
    builder = CancunVM.get_transaction_builder()
    transactions = [builder.decode(raw) for raw in block.transactions]
    return CancunVM.get_block_class()(stock_header(block.header), transactions, [], [])


def stock_header(header: Header) -> CancunBlockHeader:
    return CancunBlockHeader(
        parent_hash=header.parent_hash,
        uncles_hash=header.uncles_hash,
        coinbase=header.fee_recipient,
        state_root=header.state_root,
        transaction_root=header.transactions_root,
        receipt_root=header.receipts_root,
        bloom=int.from_bytes(header.logs_bloom, "big"),
        difficulty=header.difficulty,
        block_number=header.number,
        gas_limit=header.gas_limit,
        gas_used=header.gas_used,
        timestamp=header.timestamp,
        extra_data=header.extra_data,
        mix_hash=header.prev_randao,
        nonce=header.nonce,
        base_fee_per_gas=header.base_fee_per_gas,
        withdrawals_root=header.withdrawals_root,
        blob_gas_used=header.blob_gas_used,
        excess_blob_gas=header.excess_blob_gas,
        parent_beacon_block_root=header.parent_beacon_block_root,
    )
