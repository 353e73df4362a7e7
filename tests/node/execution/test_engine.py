"""The embedded engine beside stock py-evm, and its own store and cache. What both executors do: test_conformance.py."""

import pytest

from ledger.chain.genesis import GenesisAccount
from ledger.ports import Executed
from ledger.primitives import Height
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.pyevm.transactions import contract_address
from node.store.errors import StoreMismatchError
from node.store.memory import MemoryStore
from tests.node.execution.conformance import ALLOC, BURNER, COUNTER, REVERTER, SENDER, sign
from tests.node.execution.ledgers import attributes_after, make_genesis
from tests.node.execution.stock import StockChain


def make_engine(**options) -> PyEvmEngine:
    return PyEvmEngine(MemoryStore(), make_genesis(ALLOC), **options)


def build(engine: PyEvmEngine, *raws: bytes, **options) -> Executed:
    return engine.build(raws, attributes_after(engine.head()), **options)


def test_make_head__candidate_not_chosen__costs_nothing() -> None:
    engine, stock = make_engine(), StockChain(make_genesis(ALLOC))
    build(engine, sign(to=REVERTER))
    chosen = build(engine, sign(), sign(nonce=1))
    build(engine, sign(to=BURNER))
    engine.make_head(chosen)
    stock.import_block(chosen.block)
    engine.make_head(build(engine, sign(nonce=2)))
    stock.import_block(engine.reader().block(Height(2)))
    assert stock.head_hash == engine.head().hash
    assert engine.state().storage(COUNTER, 0) == 3


def test_open__store_of_another_genesis__names_both() -> None:
    store = MemoryStore()
    first, other = make_genesis(ALLOC), make_genesis()
    PyEvmEngine(store, first)
    with pytest.raises(StoreMismatchError) as caught:
        PyEvmEngine(store, other)
    assert first.header.hash.hex() in caught.value.detail
    assert other.header.hash.hex() in caught.value.detail


def test_open__again__continues_at_the_head() -> None:
    store = MemoryStore()
    engine = PyEvmEngine(store, make_genesis(ALLOC))
    engine.make_head(build(engine, sign()))
    again = PyEvmEngine(store, make_genesis(ALLOC))
    assert again.head() == engine.head()
    again.make_head(build(again, sign(nonce=1)))
    assert again.state().storage(COUNTER, 0) == 2


def test_build__created_contract_at_a_taken_address__costs_all_gas_and_keeps_the_nonce() -> None:
    taken = contract_address(SENDER, 0)
    genesis = make_genesis({taken: GenesisAccount(nonce=1, code=b"\x00")})
    engine, stock = PyEvmEngine(MemoryStore(), genesis), StockChain(genesis)
    engine.make_head(build(engine, sign(to=None, data=b"\x00")))
    stock.import_block(engine.reader().block(Height(1)))
    assert stock.head_hash == engine.head().hash
    assert engine.head().gas_used == 200_000
    assert engine.state().nonce(SENDER) == 1


def test_node_cache__many_blocks__stays_within_its_limit() -> None:
    engine = make_engine(node_limit=300)
    counts = []
    for number in range(30):
        raws = [sign((1000 + 20 * number + voter).to_bytes(32, "big")) for voter in range(20)]
        engine.make_head(build(engine, *raws))
        counts.append(engine._cache.nodes.count)
    assert max(counts) <= 300
    assert engine.state().storage(COUNTER, 0) == 600
