"""Reading the chain back: blocks, places, logs, states."""

import random

import pytest

from ledger.chain.genesis import GenesisAccount
from ledger.chain.receipt import Log
from ledger.chain.transaction import decode_transaction, sign_transaction
from ledger.ports import LogFilter, PlacedLog
from ledger.primitives import Address, Hash32, Height, keccak256, to_word
from node.execution.pyevm.engine import PyEvmEngine, open_reader
from node.store import rows
from node.store.chain_reader import StoredChain, UnknownHeightError
from node.store.errors import NoStoreError, StoreDamagedError, StoreMismatchError
from node.store.lmdb_store import LmdbStore
from node.store.memory import MemoryStore
from node.store.packed import pack, unpack, unpack_one
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis

LOGGERS = [Address(bytes([0xC0 + number]) * 20) for number in range(3)]


def log_code(count: int) -> bytes:
    """Logs the first `count` words of the call data as topics, then a byte of data; counts calls in slot 0."""
    code = b"".join(b"\x60" + bytes([32 * at]) + b"\x35" for at in reversed(range(count)))
    return code + b"\x60\x01\x5f" + bytes([0xA0 + count]) + bytes.fromhex("5f546001015f55")


TOPICS = [Hash32(to_word(number)) for number in (7, 8, 9)]


@pytest.fixture(scope="module")
def chain():
    """Twelve blocks of random log-writing transactions, and all logs in order as the receipts have them."""
    rng = random.Random(3)
    alloc = {address: GenesisAccount(nonce=1, code=log_code(count)) for count, address in enumerate(LOGGERS)}
    store = MemoryStore()
    engine = PyEvmEngine(store, make_genesis(alloc))
    written: list[PlacedLog] = []
    key = b"\x05" * 32
    nonce = 0
    for _ in range(12):
        raws = []
        for _ in range(rng.randrange(6)):
            data = rng.choice(TOPICS) + rng.choice(TOPICS)
            to = rng.choice(LOGGERS)
            raws.append(sign_transaction(key, chain_id=CHAIN_ID, nonce=nonce, to=to, data=data, gas_limit=100_000))
            nonce += 1
        executed = engine.build(raws, attributes_after(engine.head()))
        engine.make_head(executed)
        in_block = 0
        header = executed.block.header
        for index, receipt in enumerate(executed.receipts):
            for log in receipt.logs:
                written.append(PlacedLog(log, header.number, header.hash, keccak256(raws[index]), index, in_block))
                in_block += 1
    return engine, open_reader(store, CHAIN_ID), written


FILTERS = [
    LogFilter(Height(0), Height(100)),
    LogFilter(Height(3), Height(7)),
    LogFilter(Height(5), Height(4)),
    *[LogFilter(Height(0), Height(100), address) for address in LOGGERS],
    *[LogFilter(Height(2), Height(9), LOGGERS[2], (topic,)) for topic in TOPICS],
    LogFilter(Height(0), Height(100), LOGGERS[2], (None, TOPICS[1])),
    LogFilter(Height(0), Height(100), LOGGERS[2], (TOPICS[0], TOPICS[1])),
    LogFilter(Height(0), Height(100), None, (TOPICS[0],)),
    LogFilter(Height(0), Height(100), None, (None, TOPICS[2])),
    LogFilter(Height(0), Height(100), Address(b"\x0f" * 20)),
    LogFilter(Height(0), Height(100), LOGGERS[0], (TOPICS[0],)),
]


@pytest.mark.parametrize("query", FILTERS, ids=range(len(FILTERS)))
def test_logs__any_filter__same_as_going_through_the_receipts(chain, query: LogFilter) -> None:
    _, reader, written = chain

    def is_asked_for(placed: PlacedLog) -> bool:
        log: Log = placed.log
        if not query.first <= placed.height <= query.last or query.address not in (None, log.address):
            return False
        if len(query.topics) > len(log.topics):
            return False
        return all(topic in (None, log.topics[at]) for at, topic in enumerate(query.topics))

    assert list(reader.logs(query)) == [placed for placed in written if is_asked_for(placed)]
    assert len(written) > 15


def test_blocks__every_height__read_back(chain) -> None:
    engine, reader, _ = chain
    assert reader.head() == engine.head()
    parent = reader.header(Height(0))
    for height in range(1, 13):
        block = reader.block(Height(height))
        assert block.header.parent_hash == parent.hash
        assert reader.header_by_hash(block.header.hash) == block.header == reader.header(Height(height))
        receipts = reader.receipts(Height(height))
        assert len(receipts) == len(block.transactions)
        for index, raw in enumerate(block.transactions):
            transaction = decode_transaction(raw, CHAIN_ID)
            assert reader.transaction_place(transaction.hash) == (height, index)
            assert reader.transaction(Height(height), index) == raw
            assert reader.receipt(Height(height), index) == receipts[index]
        assert reader.transaction(Height(height), len(block.transactions)) is None
        parent = block.header


def test_unknown__anything__is_none(chain) -> None:
    _, reader, _ = chain
    nothing = Hash32(b"\x01" * 32)
    assert reader.header(Height(13)) is reader.block(Height(13)) is reader.header_by_hash(nothing) is None
    assert reader.transaction_place(nothing) is None
    assert reader.receipts(Height(13)) == ()
    assert reader.block(Height(0)).transactions == ()
    with pytest.raises(UnknownHeightError, match="head is 12"):
        reader.state(Height(13))


def test_state__any_height__is_as_it_was(chain) -> None:
    _, reader, _ = chain
    totals = []
    for height in range(13):
        view = reader.state(Height(height))
        assert view.header.number == height
        totals.append(sum(view.storage(address, 0) for address in LOGGERS))
    counts = [0] + [len(reader.block(Height(height)).transactions) for height in range(1, 13)]
    assert totals == [sum(counts[: height + 1]) for height in range(13)]
    assert reader.state().header == reader.head()


def test_head__store_without_a_chain__is_no_store() -> None:
    with pytest.raises(NoStoreError):
        StoredChain(MemoryStore(), lambda header: None).head()


def make_stored(tmp_path) -> LmdbStore:
    store = LmdbStore(tmp_path / "store", map_bytes=1 << 28)
    engine = PyEvmEngine(store, make_genesis())
    engine.make_head(engine.build([], attributes_after(engine.head())))
    return store


HEAD_ROWS = {
    "header": rows.header_key(1),
    "head height": rows.HEAD,
    "transactions": rows.transactions_key(1),
    "receipts": rows.receipts_key(1),
}


@pytest.mark.parametrize("name", HEAD_ROWS)
def test_open__altered_head_row__is_damaged(tmp_path, name: str) -> None:
    store = make_stored(tmp_path)
    value = store.get(HEAD_ROWS[name])
    altered = {"header": value[:-1] + bytes([value[-1] ^ 1]), "head height": bytes(7) + b"\2"}
    store.commit({HEAD_ROWS[name]: altered.get(name, pack([b"x"]))})
    with pytest.raises(StoreDamagedError):
        PyEvmEngine(store, make_genesis())
    store.close()


def test_open__missing_state__is_damaged(tmp_path) -> None:
    store = make_stored(tmp_path)
    root = open_reader(store, CHAIN_ID).head().state_root
    store.commit({rows.node_key(root): None})
    with pytest.raises(StoreDamagedError, match="state root"):
        PyEvmEngine(store, make_genesis())
    store.close()


def test_open__other_format_version__is_refused(tmp_path) -> None:
    store = make_stored(tmp_path)
    store.commit({rows.META: b"\0\0\0\x09" + store.get(rows.META)[4:]})
    with pytest.raises(StoreMismatchError, match="version 9, expected 2"):
        PyEvmEngine(store, make_genesis())
    store.close()


@pytest.mark.parametrize("items", [[], [b""], [b"a", b"", b"bc" * 300], [b"x"] * 1000])
def test_pack__items__unpack_as_they_were(items: list[bytes]) -> None:
    row = pack(items)
    assert unpack(row) == items
    assert [unpack_one(row, index) for index in range(len(items))] == items
    assert unpack_one(row, len(items)) is unpack_one(row, -1) is None
