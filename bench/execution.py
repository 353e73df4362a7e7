"""The embedded executor against stock py-evm, on blocks of direct votes with one durable commit a block.

Run     `python bench/execution.py [--json] [--blocks 3] [--transactions 1000]`
Baseline  `eth.chains.base.Chain.import_block` of py-evm with the Cancun rules, in memory, coincurve as its signature
        backend. The embedded engine checks the same blocks (`execute`) and makes each durable in LMDB (`make_head`).
        Both decode the transactions from bytes. Times are CPU seconds of this process.
"""

import argparse
import gc
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from eth_keys import keys

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.voting_contract import init_code, vote_data
from ledger.chain.transaction import sign_transaction
from ledger.ports import Block
from ledger.secp256k1 import address_of
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.pyevm.transactions import contract_address
from node.store.lmdb_store import LmdbStore
from node.store.memory import MemoryStore
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis
from tests.node.execution.stock import StockChain

DEPLOYER = b"\x11" * 32


def make_blocks(count: int, transactions: int) -> list[Block]:
    """A block that creates the contract, then blocks of votes, each by a voter of her own."""
    engine = PyEvmEngine(MemoryStore(), make_genesis())
    contract = contract_address(address_of(DEPLOYER), 0)
    creation = sign_transaction(DEPLOYER, chain_id=CHAIN_ID, nonce=0, to=None, data=init_code(), gas_limit=1_000_000)
    blocks = []
    for number in range(count + 1):
        raws = [creation]
        if number:
            raws = [
                sign_transaction(
                    (number * 1_000_000 + voter).to_bytes(32, "big"),
                    chain_id=CHAIN_ID,
                    nonce=0,
                    to=contract,
                    data=vote_data(voter % 5),
                    gas_limit=200_000,
                )
                for voter in range(transactions)
            ]
        executed = engine.build(raws, attributes_after(engine.head()))
        assert not executed.refusals
        assert all(receipt.success for receipt in executed.receipts)
        engine.make_head(executed)
        blocks.append(executed.block)
    return blocks


def time_stock(blocks: list[Block]) -> tuple[float, bytes]:
    chain = StockChain(make_genesis())
    chain.import_block(blocks[0])
    gc.collect()
    start = time.process_time()
    for block in blocks[1:]:
        chain.import_block(block)
    return time.process_time() - start, chain.head_hash


def time_embedded(blocks: list[Block], folder: Path) -> tuple[float, bytes, int]:
    store = LmdbStore(folder)
    engine = PyEvmEngine(store, make_genesis())
    engine.make_head(engine.execute(blocks[0]))
    gc.collect()
    start = time.process_time()
    for block in blocks[1:]:
        engine.make_head(engine.execute(block))
    spent, head = time.process_time() - start, engine.head().hash
    store.close()
    return spent, head, (folder / "data.mdb").stat().st_size


def measure(block_count: int, transactions: int) -> dict[str, object]:
    blocks = make_blocks(block_count, transactions)
    with tempfile.TemporaryDirectory() as folder:
        embedded, embedded_hash, size = time_embedded(blocks, Path(folder) / "store")
    stock, stock_hash = time_stock(blocks)
    count = block_count * transactions
    return {
        "blocks": block_count,
        "transactions": count,
        "signature_backend": type(keys.PrivateKey(DEPLOYER).backend).__name__,
        "stock_ms_per_transaction": round(1000 * stock / count, 3),
        "embedded_ms_per_transaction": round(1000 * embedded / count, 3),
        "ratio": round(stock / embedded, 2),
        "hashes_equal": embedded_hash == stock_hash == blocks[-1].header.hash,
        "gas_per_transaction": blocks[-1].header.gas_used // transactions,
        "store_bytes": size,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--transactions", type=int, default=1_000, help="a block")
    options = parser.parse_args()
    result = measure(options.blocks, options.transactions)
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:>30}  {value}")


if __name__ == "__main__":
    main()
