"""Frozen states: reads, calls, proofs, beside a chain that grows."""

import threading

import pytest

from ledger.chain.genesis import GenesisAccount
from ledger.chain.transaction import sign_transaction
from ledger.primitives import ZERO_ADDRESS, Address, Gas, Height, keccak256, to_word
from ledger.proofs.storage import verify_proof
from ledger.secp256k1 import address_of
from node.execution.pyevm.engine import PyEvmEngine, open_reader
from node.store.lmdb_store import LmdbStore
from node.store.memory import MemoryStore
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis

KEY = b"\x05" * 32
COUNTER, ENVIRONMENT = Address(b"\xc0" * 20), Address(b"\xc1" * 20)
# Code that calls or creates itself until the depth limit.
ENDLESS = {
    "call": "5f5f5f5f5f305af1",
    "callcode": "5f5f5f5f5f305af2",
    "delegatecall": "5f5f5f5f305af4",
    "staticcall": "5f5f5f5f305afa",
    "create": "385f5f39385f5ff0",
    "create2": "385f5f395a385f5ff5",
}
ALLOC = {
    # Adds one to slot 0 and returns it.
    COUNTER: GenesisAccount(nonce=1, code=bytes.fromhex("5f54600101805f555f5260205ff3"), storage={0: 10}),
    # Returns number, time, caller, chain id, hash of the block before, gas limit.
    ENVIRONMENT: GenesisAccount(
        nonce=1, code=bytes.fromhex("435f524260205233604052466060526001430340608052" + "4560a05260c05ff3")
    ),
    Address(b"\xc3" * 20): GenesisAccount(nonce=1, code=bytes.fromhex("63deadbeef5f526004601cfd")),
}


def count_once(engine: PyEvmEngine, nonce: int) -> None:
    raw = sign_transaction(KEY, chain_id=CHAIN_ID, nonce=nonce, to=COUNTER, gas_limit=100_000)
    engine.make_head(engine.build([raw], attributes_after(engine.head())))


@pytest.fixture
def engine() -> PyEvmEngine:
    return PyEvmEngine(MemoryStore(), make_genesis(ALLOC))


def test_call__writes__are_undone(engine: PyEvmEngine) -> None:
    view = engine.state()
    for _ in range(3):
        result = view.call(COUNTER, b"")
        assert (result.success, int.from_bytes(result.output, "big")) == (True, 11)
    assert view.storage(COUNTER, 0) == 10
    first, second = view.call(COUNTER, b"").gas_used, view.call(COUNTER, b"").gas_used
    assert first == second > 2_100


def test_call__revert__hands_over_its_data(engine: PyEvmEngine) -> None:
    result = engine.state().call(Address(b"\xc3" * 20), b"")
    assert (result.success, result.output) == (False, bytes.fromhex("deadbeef"))


def test_call__out_of_gas__uses_all_of_it(engine: PyEvmEngine) -> None:
    result = engine.state().call(COUNTER, b"", gas=Gas(2_000))
    assert (result.success, result.output, result.gas_used) == (False, b"", 2_000)


def test_call__no_code__succeeds_with_nothing(engine: PyEvmEngine) -> None:
    result = engine.state().call(Address(b"\x0f" * 20), b"data")
    assert (result.success, result.output, result.gas_used) == (True, b"", 0)


def test_call__block_values__are_those_of_the_block_whose_state_it_is(engine: PyEvmEngine) -> None:
    count_once(engine, 0)
    count_once(engine, 1)
    head = engine.head()
    output = engine.state().call(ENVIRONMENT, b"", address_of(KEY)).output
    words = [output[at : at + 32] for at in range(0, 192, 32)]
    expected = [head.number, head.timestamp, int.from_bytes(address_of(KEY), "big"), CHAIN_ID]
    assert words[:4] == [to_word(value) for value in expected]
    assert words[4] == head.parent_hash
    assert words[5] == to_word(head.gas_limit)
    default = engine.state().call(ENVIRONMENT, b"").output
    assert default[64:96] == to_word(int.from_bytes(ZERO_ADDRESS, "big"))


@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS.keys())
def test_call__depth_limit__is_reached_in_any_thread(code: str) -> None:
    place = Address(b"\xc2" * 20)
    engine = PyEvmEngine(MemoryStore(), make_genesis({place: GenesisAccount(nonce=1, code=bytes.fromhex(code))}))
    results = []
    thread = threading.Thread(target=lambda: results.append(engine.state().call(place, b"", gas=Gas(1 << 60)).success))
    thread.start()
    thread.join()
    assert results == [True]


def test_view__chain_grows__answers_stay(tmp_path) -> None:
    store = LmdbStore(tmp_path / "store", map_bytes=1 << 28)
    engine = PyEvmEngine(store, make_genesis(ALLOC), node_limit=5)
    views = [engine.state()]
    for nonce in range(20):
        count_once(engine, nonce)
        views.append(engine.state())
    for height, view in enumerate(views):
        assert view.header.number == height
        assert view.storage(COUNTER, 0) == 10 + height
        assert view.nonce(address_of(KEY)) == height
        assert int.from_bytes(view.call(COUNTER, b"").output, "big") == 11 + height
        verify_proof(view.proof(COUNTER, [0, 1]), view.header.state_root)
    store.close()


def test_view__any_height_from_another_reader__equals_the_engine_s_own(tmp_path) -> None:
    store = LmdbStore(tmp_path / "store", map_bytes=1 << 28)
    engine = PyEvmEngine(store, make_genesis(ALLOC))
    for nonce in range(5):
        count_once(engine, nonce)
    store.close()
    other = LmdbStore(tmp_path / "store", read_only=True, map_bytes=1 << 28)
    reader = open_reader(other, CHAIN_ID)
    for height in range(6):
        view = reader.state(Height(height))
        assert view.storage(COUNTER, 0) == 10 + height
        assert view.code(COUNTER) == ALLOC[COUNTER].code
        assert view.proof(COUNTER, [0]).storage[0][1] == 10 + height
    other.close()


def test_view__many_threads_beside_a_writer__all_answers_right(tmp_path) -> None:
    store = LmdbStore(tmp_path / "store", map_bytes=1 << 28)
    engine = PyEvmEngine(store, make_genesis(ALLOC), node_limit=50)
    reader, failures, stop = engine.reader(), [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            view = reader.state()
            value, expected = view.storage(COUNTER, 0), 10 + view.header.number
            called = int.from_bytes(view.call(COUNTER, b"").output, "big")
            shared = engine.state()
            if value != expected or called != expected + 1 or shared.storage(COUNTER, 0) != 10 + shared.header.number:
                failures.append((value, called, expected))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for nonce in range(40):
        count_once(engine, nonce)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    store.close()


def test_view__lives_long__drops_what_it_read(engine: PyEvmEngine, monkeypatch) -> None:
    monkeypatch.setattr("node.execution.pyevm.view.READS_BEFORE_RENEWAL", 50)
    view = engine.state()
    for number in range(500):
        assert view.balance(Address(keccak256(to_word(number))[:20])) == 0
    assert len(list(view._state._accounts)) <= 51
