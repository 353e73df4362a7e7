"""The port `ExecutionEngine`, as both executors must keep it: building, checking, refusing, keeping."""

from dataclasses import replace

import pytest

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS
from ledger.chain.header import Header
from ledger.chain.transaction import decode_transaction
from ledger.chain.trie import list_root
from ledger.ports import Block, BlockAttributes, Executed, LogFilter
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Gas, Height, Timestamp
from ledger.proofs.storage import verify_proof
from node.execution.geth.engine import GethEngine
from node.execution.geth.view import GethStateView
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.rules import BadAttributesError, InvalidBlockError, StaleBlockError
from node.store.memory import MemoryStore
from tests.node.execution.conformance import (
    BURNER,
    COUNTER,
    KEEPER,
    LOGGERS,
    REFUSED,
    REVERTER,
    RICH_KEY,
    RICH_SENDER,
    SENDER,
    SPEAKER,
    STRANGER,
    Engines,
    OnlyFrom,
    legacy,
    sign,
)
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis

Engine = PyEvmEngine | GethEngine


@pytest.fixture
def engine(engines: Engines, name: str) -> Engine:
    return engines.make(name)


@pytest.fixture
def maker(engines: Engines) -> PyEvmEngine:
    """An engine that makes blocks for the one under test."""
    return PyEvmEngine(MemoryStore(), engines.genesis)


def build(engine: Engine, *raws: bytes, **options) -> Executed:
    return engine.build(raws, attributes_after(engine.head()), **options)


@pytest.mark.parametrize(("raw", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_build__refused_transaction__leaves_no_trace(engine: Engine, raw: bytes, reason: str) -> None:
    expected = build(engine, sign(), sign(nonce=1))
    executed = build(engine, raw, sign(), raw, sign(nonce=1))
    assert executed.refusals[0].index == 0
    assert reason in executed.refusals[0].reason
    assert executed.block == expected.block
    assert executed.receipts == expected.receipts


def test_build__legacy_of_this_chain__is_executed(engine: Engine) -> None:
    engine.make_head(build(engine, legacy(chainId=CHAIN_ID)))
    assert engine.state().storage(COUNTER, 0) == 1
    assert engine.reader().receipts(Height(1))[0].transaction_type == 0


def test_build__duplicate__is_refused_once(engine: Engine) -> None:
    executed = build(engine, sign(), sign())
    assert [refusal.index for refusal in executed.refusals] == [1]


def test_build__corrupted_signature__is_another_sender_without_trace_of_the_first(engine: Engine) -> None:
    """With free gas any signature is somebody's: only admission keeps such senders out (formats.md, 7)."""
    raw = sign()
    forged = raw[:-1] + bytes([raw[-1] ^ 1])
    stranger = decode_transaction(forged, CHAIN_ID).sender
    assert stranger != SENDER
    executed = build(engine, forged, sign(), admission=OnlyFrom({SENDER}))
    assert [(refusal.index, refusal.reason) for refusal in executed.refusals] == [(0, "no duty")]
    assert len(executed.receipts) == 1


def test_build__admission_refuses_a_failure__block_is_as_if_it_had_not_been_there(engine: Engine) -> None:
    rich = sign(RICH_KEY, to=REVERTER, max_fee_per_gas=1, max_priority_fee_per_gas=1)
    admission = OnlyFrom({SENDER, RICH_SENDER})
    executed = build(engine, sign(), rich, sign(nonce=1), admission=admission)
    assert [(refusal.index, refusal.reason) for refusal in executed.refusals] == [(1, "failed")]
    assert executed.block == build(engine, sign(), sign(nonce=1)).block
    assert len(admission.admitted) == 2


def test_execute__admission_refuses__block_is_invalid_even_if_it_was_built_here(engine: Engine) -> None:
    executed = build(engine, sign(), sign(RICH_KEY, to=REVERTER))
    engine.execute(executed.block)
    with pytest.raises(InvalidBlockError, match="transaction 1: failed"):
        engine.execute(executed.block, OnlyFrom({SENDER, RICH_SENDER}))


def test_build__block_full__stops_at_half_the_gas_limit(small_engines: Engines, name: str) -> None:
    engine = small_engines.make(name)
    raws = [sign(nonce=nonce, to=BURNER, gas_limit=200_000) for nonce in range(4)]
    executed = build(engine, *raws, sign(RICH_KEY))
    assert executed.block.header.gas_used == 400_000
    full = [(refusal.index, refusal.reason) for refusal in executed.refusals]
    assert full == [(2, "block full"), (3, "block full"), (4, "block full")]
    engine.make_head(executed)
    assert engine.state().nonce(SENDER) == 2
    engine.make_head(build(engine, *raws[2:]))
    assert engine.head().base_fee_per_gas == 0


def test_build__gas_limit_over_what_the_block_has__waits(small_engines: Engines, name: str) -> None:
    """Ethereum reserves the whole gas limit of a transaction, whatever it will use."""
    executed = build(small_engines.make(name), sign(), sign(nonce=1, gas_limit=990_000), sign(RICH_KEY))
    assert [(refusal.index, refusal.reason) for refusal in executed.refusals] == [(1, "block full"), (2, "block full")]


def test_execute__more_than_half_the_gas_limit__is_refused(small_engines: Engines, name: str) -> None:
    """A block that Ethereum's rules would accept, but whose child would have a base fee."""
    engine = small_engines.make(name)
    gas_limit = engine.head().gas_limit
    raws = tuple(sign(nonce=nonce, to=BURNER, gas_limit=200_000) for nonce in range(3))
    wide = PyEvmEngine(MemoryStore(), make_genesis(dict(small_engines.genesis.alloc), Gas(2 * gas_limit)))
    header = replace(build(wide, *raws).block.header, gas_limit=gas_limit, parent_hash=engine.head().hash)
    with pytest.raises(InvalidBlockError, match="transaction 2: the block uses more than half"):
        engine.execute(Block(header, raws))


def test_build__system_contract__holds_the_time_of_the_block(engine: Engine) -> None:
    engine.make_head(build(engine))
    time = engine.head().timestamp
    assert engine.state().storage(BEACON_ROOTS_ADDRESS, time % 8191) == time
    assert engine.state().storage(BEACON_ROOTS_ADDRESS, time % 8191 + 8191) == 0


@pytest.mark.parametrize("step", [7, -7, 0])
def test_build__header__takes_only_the_attributes_as_free_fields(engine: Engine, step: int) -> None:
    parent = engine.head()
    attributes = BlockAttributes(
        Timestamp(parent.timestamp + 9), Address(b"\xee" * 20), b"note", Gas(parent.gas_limit + step)
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


@pytest.mark.parametrize(("change", "field"), BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_build__bad_attributes__are_named(engine: Engine, change: dict, field: str) -> None:
    with pytest.raises(BadAttributesError, match=field):
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


@pytest.mark.parametrize("field", [field for field in TAMPERED if field != "fee_recipient"])
def test_execute__tampered_header__names_the_field(maker: PyEvmEngine, engine: Engine, field: str) -> None:
    block = build(maker, sign(), sign(nonce=1)).block
    tampered = replace(block, header=replace(block.header, **{field: TAMPERED[field]}))
    with pytest.raises(InvalidBlockError, match=field.replace("parent_hash", "parent")) as caught:
        engine.execute(tampered)
    assert caught.value.facts["fields"] == [field]
    assert engine.head().number == 0
    engine.make_head(engine.execute(block))
    assert engine.head() == block.header


def test_execute__other_fee_recipient_without_fees__is_another_valid_block(maker: PyEvmEngine, engine: Engine) -> None:
    """Who gets the fees is a free field; consensus says what it must be."""
    block = build(maker, sign()).block
    other = replace(block, header=replace(block.header, fee_recipient=Address(b"\1" * 20)))
    assert engine.execute(other).block.header.hash != block.header.hash


@pytest.mark.parametrize("change", ["drop", "repeat", "swap", "forge"])
def test_execute__other_transactions__are_refused(maker: PyEvmEngine, engine: Engine, change: str) -> None:
    block = build(maker, sign(), sign(nonce=1)).block
    first, second = block.transactions
    other = {"drop": (first,), "repeat": (first, second, second), "swap": (second, first), "forge": (first, sign())}
    with pytest.raises(InvalidBlockError, match="transactions"):
        engine.execute(Block(block.header, other[change]))


BAD_TRANSACTIONS = {
    "nonce": ((sign(nonce=1), sign()), "transaction 0: nonce: found 1, expected 0"),
    "balance": ((sign(), sign(nonce=1, value=5)), "transaction 1: balance: found 0, expected at least 5"),
    "code": ((sign(), REFUSED["sender with code"][0]), "transaction 1: sender .*EIP-3607"),
    "form": ((sign(), b"\x02\x01"), "transaction 1: transaction"),
    "money moved": (
        (sign(RICH_KEY, to=KEEPER, value=10**18 - 5), sign(RICH_KEY, nonce=1, value=6)),
        "transaction 1: balance: found 5, expected at least 6",
    ),
}


@pytest.mark.parametrize(("raws", "reason"), BAD_TRANSACTIONS.values(), ids=BAD_TRANSACTIONS.keys())
def test_execute__invalid_transaction_under_a_fitting_root__is_named(
    maker: PyEvmEngine, engine: Engine, raws: tuple[bytes, ...], reason: str
) -> None:
    header = replace(build(maker, sign(), sign(nonce=1)).block.header, transactions_root=list_root(raws))
    with pytest.raises(InvalidBlockError, match=reason):
        engine.execute(Block(header, raws))


def test_make_head__candidate_not_chosen__costs_nothing(maker: PyEvmEngine, engine: Engine) -> None:
    build(engine, sign(to=REVERTER))
    chosen = build(engine, sign(), sign(nonce=1))
    build(engine, sign(to=BURNER))
    engine.make_head(chosen)
    maker.make_head(maker.execute(chosen.block))
    engine.make_head(build(engine, sign(nonce=2)))
    assert build(maker, sign(nonce=2)).block.header == engine.head()
    assert engine.state().storage(COUNTER, 0) == 3


def test_make_head__candidate_forgotten__is_executed_again(engine: Engine) -> None:
    first = build(engine, sign())
    for seconds in range(2, 8):
        engine.build([], attributes_after(engine.head(), seconds))
    engine.make_head(first)
    assert engine.head().hash == first.block.header.hash


def test_make_head__not_a_child_of_the_head__is_refused(engine: Engine) -> None:
    first = build(engine, sign())
    engine.make_head(build(engine))
    with pytest.raises(StaleBlockError, match="parent"):
        engine.make_head(first)


def test_make_head__extra_rows_and_seals__are_read_back(engine: Engine) -> None:
    engine.make_head(build(engine), {b"seat:1": b"one", b"seat:2": b"two", b"other": b""})
    assert engine.reader().extra_row(b"seat:1") == b"one"
    assert list(engine.reader().scan_extra_rows(b"seat:")) == [(b"seat:1", b"one"), (b"seat:2", b"two")]
    assert engine.reader().extra_row(b"none") is None
    assert engine.reader().seal(Height(1)) is None
    engine.put_seal(Height(1), b"sealed", {b"seat:3": b"three"})
    assert engine.reader().seal(Height(1)) == engine.seal(Height(1)) == b"sealed"
    assert engine.reader().extra_row(b"seat:3") == b"three"


def test_state_after__block_that_is_no_head_yet__shows_it_and_leaves_the_head_alone(engine: Engine) -> None:
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


def test_build__fees__go_to_the_fee_recipient(engine: Engine) -> None:
    raw = sign(RICH_KEY, max_fee_per_gas=3, max_priority_fee_per_gas=2)
    attributes = replace(attributes_after(engine.head()), fee_recipient=Address(b"\xee" * 20))
    engine.make_head(engine.build([raw], attributes))
    gas_used = engine.head().gas_used
    assert engine.state().balance(Address(b"\xee" * 20)) == 2 * gas_used
    assert engine.state().balance(RICH_SENDER) == 10**18 - 2 * gas_used
    assert engine.state().balance(ZERO_ADDRESS) == 0


def test_call__writes__are_undone_and_reverts_hand_over_their_data(engine: Engine) -> None:
    view = engine.state()
    assert [view.call(COUNTER, bytes([number])).success for number in range(3)] == [True] * 3
    assert view.storage(COUNTER, 0) == 0
    spoken, burnt = view.call(SPEAKER, b""), view.call(BURNER, b"", gas=Gas(2_000))
    assert (spoken.success, spoken.output) == (False, bytes.fromhex("deadbeef"))
    assert (burnt.success, burnt.output, burnt.gas_used) == (False, b"", 2_000)
    nothing = view.call(STRANGER, b"data")
    assert (nothing.success, nothing.output, nothing.gas_used) == (True, b"", 0)


def test_proof__of_nothing__holds_against_the_root(engine: Engine) -> None:
    proof = engine.state().proof(STRANGER, [0, 5])
    verify_proof(proof, engine.head().state_root)
    assert (proof.nonce, proof.balance, [value for _, value, _ in proof.storage]) == (0, 0, [0, 0])


def test_logs__of_a_contract__stand_in_the_order_of_the_chain(engine: Engine) -> None:
    engine.make_head(build(engine, *(sign(nonce=index, to=place) for index, place in enumerate(LOGGERS))))
    logs = list(engine.reader().logs(LogFilter(Height(0), Height(1))))
    assert [len(placed.log.topics) for placed in logs] == [0, 1, 2, 3, 4]
    (placed,) = engine.reader().logs(LogFilter(Height(0), Height(1), LOGGERS[2]))
    assert (placed.transaction_index, placed.log_index, placed.log.address) == (2, 2, LOGGERS[2])


@pytest.mark.engine
def test_fetch_nonces__of_geth__are_those_that_it_says(engines: Engines) -> None:
    geth = engines.geth()
    keys = [number.to_bytes(32, "big") for number in range(1, 5)]
    for number in range(3):
        raws = [sign(key, number) for key in keys[: 3 - number]]
        geth.make_head(geth.build(raws, attributes_after(geth.head())))
    ready, plain = geth.state(), GethStateView(geth.head(), geth.link)
    senders = [decode_transaction(sign(key), CHAIN_ID).sender for key in keys]
    ready.fetch_nonces(senders)
    found = [ready.nonce(sender) for sender in senders]
    assert found == [plain.nonce(sender) for sender in senders] == [3, 2, 1, 0]
