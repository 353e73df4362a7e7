"""The embedded engine as a port: building, checking, refusing, keeping."""

from dataclasses import replace

import pytest
from eth_account import Account as EthAccount

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS, GenesisAccount
from ledger.chain.header import Header
from ledger.chain.transaction import Transaction, decode_transaction, sign_transaction
from ledger.chain.trie import list_root
from ledger.ports import Block, BlockAttributes, Executed
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Gas, Hash32, Height, Timestamp
from ledger.secp256k1 import address_of
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.pyevm.transactions import contract_address
from node.execution.rules import BadAttributesError, InvalidBlockError, StaleBlockError
from node.store.errors import StoreMismatchError
from node.store.memory import MemoryStore
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis
from tests.node.execution.stock import StockChain

KEY, RICH_KEY, CODE_KEY = b"\x05" * 32, b"\x06" * 32, b"\x07" * 32
SENDER = address_of(KEY)
COUNTER, REVERTER, BURNER = Address(b"\xc0" * 20), Address(b"\xc1" * 20), Address(b"\xc2" * 20)
ALLOC = {
    # Adds one to slot 0 and logs an empty event.
    COUNTER: GenesisAccount(nonce=1, code=bytes.fromhex("5f546001015f555f5fa0")),
    REVERTER: GenesisAccount(nonce=1, code=bytes.fromhex("60015f555f5ffd")),
    # Loops until its gas is gone.
    BURNER: GenesisAccount(nonce=1, code=bytes.fromhex("5b5f56")),
    address_of(RICH_KEY): GenesisAccount(balance=10**18),
    address_of(CODE_KEY): GenesisAccount(nonce=0, code=b"\x00"),
}


def sign(key: bytes = KEY, nonce: int = 0, to: Address | None = COUNTER, **fields) -> bytes:
    fields = {"chain_id": CHAIN_ID, "gas_limit": 200_000, **fields}
    return sign_transaction(key, nonce=nonce, to=to, **fields)


def make_engine(**options) -> PyEvmEngine:
    return PyEvmEngine(MemoryStore(), make_genesis(ALLOC), **options)


def build(engine: PyEvmEngine, *raws: bytes, **options) -> Executed:
    return engine.build(raws, attributes_after(engine.head()), **options)


def legacy(**fields) -> bytes:
    fields = {"nonce": 0, "gasPrice": 0, "gas": 200_000, "to": COUNTER, "value": 0, **fields}
    return bytes(EthAccount.from_key(KEY).sign_transaction(fields).raw_transaction)


REFUSED = {
    "wrong chain": (sign(chain_id=1), "chain_id"),
    "legacy without chain": (legacy(), "replay protection"),
    "legacy of another chain": (legacy(chainId=5), "chain_id"),
    "priority above fee": (sign(max_priority_fee_per_gas=5), "priority"),
    "nonce gap": (sign(nonce=3), "nonce: found 3, expected 0"),
    "fee without balance": (sign(max_fee_per_gas=7), "balance"),
    "value without balance": (sign(value=7), "balance"),
    "sender with code": (sign(CODE_KEY), "EIP-3607"),
    "gas below intrinsic": (sign(gas_limit=20_999), "intrinsic"),
    "too much gas": (sign(gas_limit=2**24 + 1), "16777216"),
    "large init code": (sign(to=None, data=bytes(49_153), gas_limit=10**6), "init code"),
    "blob type": (b"\x03" + sign()[1:], "blob"),
    "set-code type": (b"\x04" + sign()[1:], "set-code"),
    "trailing byte": (sign() + b"\0", "follow"),
    "garbage": (b"\x02\x01\x02", ""),
    "empty": (b"", "size"),
}


@pytest.mark.parametrize(("raw", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_build__refused_transaction__leaves_no_trace(raw: bytes, reason: str) -> None:
    engine = make_engine()
    expected = build(engine, sign(), sign(nonce=1))
    executed = build(engine, raw, sign(), raw, sign(nonce=1))
    assert executed.refusals[0].index == 0
    assert reason in executed.refusals[0].reason
    assert executed.block == expected.block
    assert executed.receipts == expected.receipts


def test_build__legacy_of_this_chain__is_executed() -> None:
    engine = make_engine()
    engine.make_head(build(engine, legacy(chainId=CHAIN_ID)))
    assert engine.state().storage(COUNTER, 0) == 1
    assert engine.reader().receipts(Height(1))[0].transaction_type == 0


def test_build__duplicate__is_refused_once() -> None:
    executed = build(make_engine(), sign(), sign())
    assert [refusal.index for refusal in executed.refusals] == [1]


def test_build__corrupted_signature__is_another_sender_without_trace_of_the_first() -> None:
    """With free gas any signature is somebody's: only admission keeps such senders out (formats.md, 7)."""
    raw = sign()
    forged = raw[:-1] + bytes([raw[-1] ^ 1])
    stranger = decode_transaction(forged, CHAIN_ID).sender
    assert stranger != SENDER
    executed = build(make_engine(), forged, sign(), admission=OnlyFrom({SENDER}))
    assert [(refusal.index, refusal.reason) for refusal in executed.refusals] == [(0, "no duty")]
    assert len(executed.receipts) == 1


class OnlyFrom:
    """Admits some senders, and successes only."""

    def __init__(self, senders: set[Address]) -> None:
        self.senders = senders
        self.admitted: list[Hash32] = []

    def refuse_before(self, transaction: Transaction) -> str | None:
        return None if transaction.sender in self.senders else "no duty"

    def refuse_after(self, transaction: Transaction, success: bool) -> str | None:
        if not success:
            return "failed"
        self.admitted.append(transaction.hash)
        return None


def test_build__admission_refuses_a_failure__block_is_as_if_it_had_not_been_there() -> None:
    engine = make_engine()
    rich = sign(RICH_KEY, to=REVERTER, max_fee_per_gas=1, max_priority_fee_per_gas=1)
    admission = OnlyFrom({SENDER, address_of(RICH_KEY)})
    executed = build(engine, sign(), rich, sign(nonce=1), admission=admission)
    assert [(refusal.index, refusal.reason) for refusal in executed.refusals] == [(1, "failed")]
    assert executed.block == build(engine, sign(), sign(nonce=1)).block
    assert len(admission.admitted) == 2


def test_execute__admission_refuses__block_is_invalid_even_if_it_was_built_here() -> None:
    engine = make_engine()
    executed = build(engine, sign(), sign(RICH_KEY, to=REVERTER))
    engine.execute(executed.block)
    with pytest.raises(InvalidBlockError, match="transaction 1: failed"):
        engine.execute(executed.block, OnlyFrom({SENDER, address_of(RICH_KEY)}))


def test_build__block_full__stops_at_half_the_gas_limit() -> None:
    engine = PyEvmEngine(MemoryStore(), make_genesis(ALLOC, Gas(1_000_000)))
    raws = [sign(nonce=nonce, to=BURNER, gas_limit=200_000) for nonce in range(4)]
    executed = build(engine, *raws, sign(RICH_KEY))
    assert executed.block.header.gas_used == 400_000
    assert [(refusal.index, refusal.reason) for refusal in executed.refusals] == [
        (2, "block full"),
        (3, "block full"),
        (4, "block full"),
    ]
    engine.make_head(executed)
    assert engine.state().nonce(SENDER) == 2
    engine.make_head(build(engine, *raws[2:]))
    assert engine.head().base_fee_per_gas == 0


def test_execute__more_than_half_the_gas_limit__is_refused() -> None:
    """A block that Ethereum's rules would accept, but whose child would have a base fee."""
    gas_limit = Gas(1_000_000)
    genesis = make_genesis(ALLOC, gas_limit)
    raws = tuple(sign(nonce=nonce, to=BURNER, gas_limit=200_000) for nonce in range(3))
    wide = PyEvmEngine(MemoryStore(), make_genesis(ALLOC, Gas(2_000_000)))
    header = replace(build(wide, *raws).block.header, gas_limit=gas_limit, parent_hash=genesis.header.hash)
    with pytest.raises(InvalidBlockError, match="transaction 2: the block uses more than half"):
        PyEvmEngine(MemoryStore(), genesis).execute(Block(header, raws))


def test_build__system_contract__holds_the_time_of_the_block() -> None:
    engine = make_engine()
    engine.make_head(build(engine))
    time = engine.head().timestamp
    assert engine.state().storage(BEACON_ROOTS_ADDRESS, time % 8191) == time
    assert engine.state().storage(BEACON_ROOTS_ADDRESS, time % 8191 + 8191) == 0


def test_build__header__takes_only_the_attributes_as_free_fields() -> None:
    engine = make_engine()
    parent = engine.head()
    attributes = BlockAttributes(
        Timestamp(parent.timestamp + 9), Address(b"\xee" * 20), b"note", Gas(parent.gas_limit + 7)
    )
    header = engine.build([], attributes).block.header
    assert (header.timestamp, header.fee_recipient, header.extra_data, header.gas_limit) == (
        attributes.timestamp,
        attributes.fee_recipient,
        b"note",
        attributes.gas_limit,
    )
    assert header.parent_beacon_block_root == header.prev_randao == ZERO_HASH
    assert (header.number, header.base_fee_per_gas, header.difficulty) == (1, 0, 0)


BAD_ATTRIBUTES = {
    "same time": ({"timestamp": make_genesis().timestamp}, "timestamp"),
    "long extra data": ({"extra_data": bytes(33)}, "extra_data"),
    "large step": ({"gas_limit": Gas(120_000_000 + 120_000_000 // 1024)}, "gas_limit"),
}


@pytest.mark.parametrize(("change", "name"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_build__bad_attributes__are_named(change: dict, name: str) -> None:
    engine = make_engine()
    with pytest.raises(BadAttributesError, match=name):
        engine.build([], replace(attributes_after(engine.head()), **change))


TAMPERED = {
    "parent_hash": b"\1" * 32,
    "uncles_hash": b"\1" * 32,
    "fee_recipient": b"\1" * 20,
    "state_root": b"\1" * 32,
    "transactions_root": b"\1" * 32,
    "receipts_root": b"\1" * 32,
    "logs_bloom": b"\1" * 256,
    "difficulty": 1,
    "number": 2,
    "gas_limit": 240_000_000,
    "gas_used": 1,
    "timestamp": 1,
    "extra_data": bytes(33),
    "prev_randao": b"\1" * 32,
    "nonce": b"\1" * 8,
    "base_fee_per_gas": 1,
    "withdrawals_root": b"\1" * 32,
    "blob_gas_used": 131_072,
    "excess_blob_gas": 131_072,
    "parent_beacon_block_root": b"\1" * 32,
}


def test_tampered__table__names_every_field_of_a_header() -> None:
    assert set(TAMPERED) == set(Header.__dataclass_fields__)


@pytest.mark.parametrize("name", [name for name in TAMPERED if name != "fee_recipient"])
def test_execute__tampered_header__names_the_field(name: str) -> None:
    maker, checker = make_engine(), make_engine()
    block = build(maker, sign(), sign(nonce=1)).block
    tampered = replace(block, header=replace(block.header, **{name: TAMPERED[name]}))
    with pytest.raises(InvalidBlockError, match=name.replace("parent_hash", "parent")) as caught:
        checker.execute(tampered)
    assert caught.value.facts["fields"] == [name]
    assert checker.head().number == 0
    checker.make_head(checker.execute(block))


def test_execute__other_fee_recipient_without_fees__is_another_valid_block() -> None:
    """Who gets the fees is a free field; consensus says what it must be."""
    block = build(make_engine(), sign()).block
    other = replace(block, header=replace(block.header, fee_recipient=Address(b"\1" * 20)))
    assert make_engine().execute(other).block.header.hash != block.header.hash


@pytest.mark.parametrize("change", ["drop", "repeat", "swap", "forge"])
def test_execute__other_transactions__are_refused(change: str) -> None:
    block = build(make_engine(), sign(), sign(nonce=1)).block
    first, second = block.transactions
    other = {"drop": (first,), "repeat": (first, second, second), "swap": (second, first), "forge": (first, sign())}
    with pytest.raises(InvalidBlockError, match="transactions"):
        make_engine().execute(Block(block.header, other[change]))


def test_execute__invalid_transaction_under_a_fitting_root__is_named() -> None:
    engine = make_engine()
    block = build(engine, sign(), sign(nonce=1)).block
    swapped = tuple(reversed(block.transactions))
    header = replace(block.header, transactions_root=list_root(swapped))
    with pytest.raises(InvalidBlockError, match="transaction 0: nonce: found 1, expected 0"):
        engine.execute(Block(header, swapped))


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


def test_make_head__candidate_forgotten__is_executed_again() -> None:
    engine = make_engine()
    first = build(engine, sign())
    for seconds in range(2, 12):
        engine.build([], attributes_after(engine.head(), seconds))
    engine.make_head(first)
    assert engine.head().hash == first.block.header.hash


def test_make_head__not_a_child_of_the_head__is_refused() -> None:
    engine = make_engine()
    first = build(engine, sign())
    engine.make_head(build(engine))
    with pytest.raises(StaleBlockError, match="parent"):
        engine.make_head(first)


def test_make_head__extra_rows__are_in_the_same_commit() -> None:
    engine = make_engine()
    engine.make_head(build(engine), {b"seat:1": b"one", b"seat:2": b"two", b"other": b""})
    assert engine.reader().extra_row(b"seat:1") == b"one"
    assert list(engine.reader().scan_extra_rows(b"seat:")) == [(b"seat:1", b"one"), (b"seat:2", b"two")]
    assert engine.reader().extra_row(b"none") is None


def test_put_seal__read_back__by_the_reader() -> None:
    engine = make_engine()
    engine.make_head(build(engine))
    assert engine.reader().seal(Height(1)) is None
    engine.put_seal(Height(1), b"sealed")
    assert engine.reader().seal(Height(1)) == engine.seal(Height(1)) == b"sealed"


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


def test_build__fees__go_to_the_fee_recipient() -> None:
    engine = make_engine()
    raw = sign(RICH_KEY, max_fee_per_gas=3, max_priority_fee_per_gas=2)
    attributes = replace(attributes_after(engine.head()), fee_recipient=Address(b"\xee" * 20))
    engine.make_head(engine.build([raw], attributes))
    gas_used = engine.head().gas_used
    assert engine.state().balance(Address(b"\xee" * 20)) == 2 * gas_used
    assert engine.state().balance(address_of(RICH_KEY)) == 10**18 - 2 * gas_used
    assert engine.state().balance(ZERO_ADDRESS) == 0


def test_node_cache__many_blocks__stays_within_its_limit() -> None:
    engine = make_engine(node_limit=300)
    counts = []
    for number in range(30):
        raws = [sign((1000 + 20 * number + voter).to_bytes(32, "big")) for voter in range(20)]
        engine.make_head(build(engine, *raws))
        counts.append(engine._cache.nodes.count)
    assert max(counts) <= 300
    assert engine.state().storage(COUNTER, 0) == 600


def test_state_after__block_that_is_no_head_yet__shows_it_and_leaves_the_head_alone() -> None:
    engine = make_engine()
    first, other = build(engine, sign()), build(engine, sign(), sign(nonce=1))
    for executed, count in ((first, 1), (other, 2)):
        view = engine.state_after(executed)
        assert view.header == executed.block.header
        assert (view.storage(COUNTER, 0), view.nonce(SENDER)) == (count, count)
        assert view.call(COUNTER, b"").success
    assert engine.state().storage(COUNTER, 0) == 0
    view = engine.state_after(first)
    engine.make_head(first)
    assert view.storage(COUNTER, 0) == 1
