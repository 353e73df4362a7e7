"""Random blocks, made by the embedded engine, are accepted by stock py-evm with equal hashes."""

import random

import pytest

from ledger.chain.transaction import decode_transaction
from ledger.primitives import ZERO_ADDRESS, Address
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.pyevm.transactions import contract_address
from node.store.memory import MemoryStore
from tests.node.execution.compilation import NEVER, set_slow_entries
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis
from tests.node.execution.random_contracts import KEYS, PEOPLE, RICH, ContractMaker
from tests.node.execution.stock import StockChain

BLOCKS = 12


def run_blocks(seed: int, blocks: int) -> dict[str, int]:
    """Build `blocks` random blocks on both engines; counts of what happened in them."""
    rng = random.Random(seed)
    maker = ContractMaker(rng)
    genesis = make_genesis(RICH)
    # A tiny node limit lets go of nodes after every block, so that reloading is tried as well.
    engine = PyEvmEngine(MemoryStore(), genesis, node_limit=rng.choice([10, 100_000]))
    second = PyEvmEngine(MemoryStore(), genesis)
    stock = StockChain(genesis)
    counts = {"transactions": 0, "successes": 0, "refusals": 0, "creations": 0, "logs": 0}
    for _ in range(blocks):
        nonces = [engine.state().nonce(address) for address in PEOPLE]
        raws = []
        for _ in range(rng.randrange(1, 14)):
            sender = rng.randrange(len(KEYS))
            is_bad = rng.random() < 0.08
            raws.append(maker.transaction(sender, nonces[sender] + is_bad))
            nonces[sender] += not is_bad
        fee_recipient = rng.choice([ZERO_ADDRESS, Address(b"\xcb" * 20), rng.choice(PEOPLE)])
        executed = engine.build(raws, attributes_after(engine.head(), rng.choice([1, 12]), fee_recipient))
        engine.make_head(executed)
        second.make_head(second.execute(executed.block))
        stock.import_block(executed.block)
        assert stock.head_hash == engine.head().hash == second.head().hash
        counts["refusals"] += len(executed.refusals)
        for raw, receipt in zip(executed.block.transactions, executed.receipts, strict=True):
            transaction = decode_transaction(raw, CHAIN_ID)
            counts["transactions"] += 1
            counts["successes"] += receipt.success
            counts["logs"] += len(receipt.logs)
            if transaction.to is None and receipt.success:
                maker.known.append(contract_address(transaction.sender, transaction.nonce))
                counts["creations"] += 1
    return counts


@pytest.mark.parametrize("seed", range(6))
def test_blocks__random_contracts__stock_py_evm_reaches_the_same_hashes(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    set_slow_entries(monkeypatch, (0, 1, NEVER)[seed % 3])
    counts = run_blocks(seed, BLOCKS)
    assert counts["successes"] > 0.3 * counts["transactions"] > 10
    assert counts["creations"] > 5
    assert counts["refusals"] > 0
