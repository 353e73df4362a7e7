"""Both executors on one chain, block by block: the same hashes, receipts, refusals, states, logs, calls and proofs."""

import random

import pytest

from ledger.chain.transaction import decode_transaction
from ledger.ports import LogFilter
from ledger.primitives import Address, Gas, Hash32, Height, to_word
from node.execution.pyevm.transactions import contract_address
from tests.node.execution.compilation import set_slow_entries
from tests.node.execution.conformance import (
    BURNER,
    COUNTER,
    ENVIRONMENT,
    ERASER,
    FACTORY,
    KEEPER,
    LOGGERS,
    REFUSED,
    REVERTER,
    RICH_KEY,
    RICH_SENDER,
    SENDER,
    SPEAKER,
    STRANGER,
    WATCHED,
    Engines,
    OnlyFrom,
    Twins,
    sign,
)
from tests.node.execution.ledgers import CHAIN_ID, attributes_after
from tests.node.execution.random_contracts import KEYS, PEOPLE, ContractMaker

pytestmark = pytest.mark.engine
POOR_KEY = b"\x08" * 32


@pytest.fixture(autouse=True)
def _compiled_from_first_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    set_slow_entries(monkeypatch, 0)


def test_refusals__all_kinds_between_good_ones__are_the_same(twins: Twins) -> None:
    raws = [raw for raw, _ in REFUSED.values()]
    executed = twins.build([sign(), *raws, sign(nonce=1), *raws, sign(nonce=2)])
    assert len(executed.receipts) == 3
    assert len(executed.refusals) == 2 * len(raws)
    twins.compare_states(WATCHED, [0, 1, 2])


def test_admission__failures_of_one_sender__take_what_follows_along(twins: Twins) -> None:
    """A refused transaction leaves its nonce free: the next one of the sender has a gap, another of that nonce none."""
    raws = [
        sign(nonce=0, to=REVERTER),
        sign(nonce=1),
        sign(nonce=0, to=COUNTER),
        sign(RICH_KEY, to=REVERTER),
        sign(nonce=1, to=COUNTER, gas_limit=150_000),
        sign(RICH_KEY, nonce=0, to=KEEPER, value=5),
    ]
    executed = twins.build(raws, lambda _: OnlyFrom({SENDER, RICH_SENDER}))
    assert [refusal.index for refusal in executed.refusals] == [0, 1, 3]
    assert len(executed.receipts) == 3
    assert twins.geth.state().balance(KEEPER) == 5


def test_money__that_arrives_in_the_block__can_be_spent_in_it(twins: Twins) -> None:
    poor = decode_transaction(sign(POOR_KEY), CHAIN_ID).sender
    raws = [
        sign(POOR_KEY, to=KEEPER, value=3),
        sign(RICH_KEY, to=poor, value=5, gas_limit=21_000),
        sign(POOR_KEY, to=KEEPER, value=3),
        sign(POOR_KEY, nonce=1, to=KEEPER, value=3),
        sign(POOR_KEY, nonce=1, to=KEEPER, value=2),
        sign(RICH_KEY, nonce=1, max_fee_per_gas=9, max_priority_fee_per_gas=7),
    ]
    executed = twins.build(raws, fee_recipient=STRANGER)
    assert [refusal.index for refusal in executed.refusals] == [0, 3]
    twins.compare_states([poor, RICH_SENDER, KEEPER, STRANGER], [0])


def test_block_full__many_small_after_large__is_cut_at_the_same_place(small_engines: Engines) -> None:
    twins = Twins(small_engines)
    small = [sign(bytes([40 + number]) * 32, gas_limit=100_000) for number in range(30)]
    first = twins.build([sign(to=BURNER, gas_limit=300_000), *small])
    assert first.refusals[-1].reason == "block full"
    waiting = [small[refusal.index - 1] for refusal in first.refusals]
    second = twins.build([*waiting, sign(nonce=1, to=BURNER, gas_limit=300_000)])
    assert second.refusals[0].reason == "block full"
    assert twins.geth.head().base_fee_per_gas == 0


def test_block_full__transaction_with_a_refund__is_judged_by_what_it_pays_first(small_engines: Engines) -> None:
    """Its intrinsic gas must fit, although a refund takes some of it back afterwards."""
    twins = Twins(small_engines)
    burner = sign(to=BURNER, gas_limit=469_000)
    eraser = sign(RICH_KEY, to=ERASER, data=to_word(1), access_list=((ERASER, tuple(range(1, 7))),), gas_limit=60_000)
    executed = twins.build([burner, eraser, sign(POOR_KEY)])
    assert [refusal.reason for refusal in executed.refusals] == ["block full"] * 2
    assert not twins.build([eraser, sign(nonce=1)]).refusals


def test_random_blocks__handed_over__are_the_same_in_everything(twins: Twins) -> None:
    rng = random.Random(11)
    maker = ContractMaker(rng)
    count = 0
    for number in range(12):
        nonces = [twins.embedded.state().nonce(address) for address in PEOPLE]
        raws = []
        for _ in range(rng.randrange(1, 14)):
            sender = rng.randrange(len(KEYS))
            raws.append(maker.transaction(sender, nonces[sender]))
            nonces[sender] += 1
        recipient = rng.choice(PEOPLE)
        if number % 3 == 2:
            executed = twins.build(raws, seconds=3, fee_recipient=recipient)
        else:
            executed = twins.hand_over(raws, from_geth=number % 3 == 1, seconds=3, fee_recipient=recipient)
        count += len(executed.receipts)
        for raw, receipt in zip(executed.block.transactions, executed.receipts, strict=True):
            transaction = decode_transaction(raw, CHAIN_ID)
            if transaction.to is None and receipt.success:
                maker.known.append(contract_address(transaction.sender, transaction.nonce))
        twins.compare_states([*map(Address, maker.known[-3:]), PEOPLE[0], Address(rng.randbytes(20))], [0, 1, 2, 77])
    assert count > 50
    twins.compare_chains()


def test_power_of_zero__in_modexp__is_one(twins: Twins) -> None:
    """Where py-evm itself would differ: MODEXP of an empty base and a zero exponent."""
    # Calls MODEXP with sizes 0, 0, 1 and modulus 2, and stores what it returns.
    code = bytes.fromhex("6001604052" + "6002606053" + "6020608060615f5f60055af150" + "6080515f5500")
    twins.hand_over([sign(to=None, data=code)], from_geth=False)
    created = contract_address(SENDER, 0)
    assert twins.geth.state().storage(created, 0) == 1 << 248
    twins.compare_states([created], [0])


CALLS = {
    "environment": (ENVIRONMENT, b"", {}),
    "environment of a sender": (ENVIRONMENT, b"\1" * 40, {"sender": PEOPLE[0], "gas": Gas(777_777)}),
    "write": (COUNTER, b"", {}),
    "revert": (REVERTER, b"", {}),
    "revert with data": (SPEAKER, b"", {}),
    "out of gas": (BURNER, b"", {"gas": Gas(50_000)}),
    "not enough gas for a write": (COUNTER, b"", {"gas": Gas(5_000)}),
    "no code": (STRANGER, b"abc", {}),
    "refund": (ERASER, to_word(1), {}),
    "refund of one not written": (ERASER, to_word(70), {}),
    "creation": (FACTORY, b"", {}),
    "precompile": (Address(bytes(19) + b"\x02"), b"abc", {}),
    "precompile that fails": (Address(bytes(19) + b"\x08"), b"abc", {"gas": Gas(90_000)}),
    "log": (LOGGERS[4], b"\7" * 32, {}),
}


def test_calls__at_every_height__return_the_same(twins: Twins) -> None:
    twins.build([sign(), sign(nonce=1, to=FACTORY)])
    twins.build([sign(nonce=2), sign(RICH_KEY, to=ERASER, data=to_word(1))], seconds=5, fee_recipient=STRANGER)
    for number in range(3):
        ours, theirs = (engine.reader().state(Height(number)) for engine in (twins.embedded, twins.geth))
        for what, (to, data, options) in CALLS.items():
            assert theirs.call(to, data, **options) == ours.call(to, data, **options), what
    assert twins.geth.state().call(ENVIRONMENT, b"").output[:32] == to_word(2)


def test_states__after_earlier_blocks__stay_what_they_were(twins: Twins) -> None:
    for number in range(6):
        twins.hand_over([sign(nonce=number), sign(RICH_KEY, number, KEEPER, value=1)], from_geth=bool(number % 2))
    for height in range(7):
        twins.compare_states([COUNTER, RICH_SENDER, KEEPER, STRANGER], [0, 3], height)
        assert twins.geth.reader().state(Height(height)).storage(COUNTER, 0) == height


def test_proofs__of_many_slots__are_the_same(twins: Twins) -> None:
    twins.build([sign()])
    slots = list(range(1_100))
    assert twins.geth.state().proof(ERASER, slots) == twins.embedded.state().proof(ERASER, slots)


def test_logs__by_every_filter__are_the_same(twins: Twins) -> None:
    for block in range(3):
        raws = [sign(nonce=5 * block + i, to=place, data=to_word(block)) for i, place in enumerate(LOGGERS)]
        twins.build([*raws, sign(RICH_KEY, block, REVERTER)])
    topic = Hash32(to_word(1))
    filters = [
        LogFilter(Height(0), Height(9)),
        LogFilter(Height(2), Height(2)),
        LogFilter(Height(3), Height(2)),
        *(LogFilter(Height(0), Height(3), place) for place in (*LOGGERS, REVERTER, STRANGER)),
        LogFilter(Height(0), Height(3), None, (topic,)),
        LogFilter(Height(1), Height(2), LOGGERS[3], (topic, None, Hash32(to_word(3)))),
        LogFilter(Height(1), Height(2), LOGGERS[3], (None, topic)),
    ]
    for query in filters:
        found = list(twins.geth.reader().logs(query))
        assert found == list(twins.embedded.reader().logs(query))
    assert len(list(twins.geth.reader().logs(filters[0]))) == 15


def test_open__store_that_the_embedded_engine_wrote__is_executed_again(engines: Engines) -> None:
    embedded = engines.make("pyevm")
    for number in range(5):
        embedded.make_head(embedded.build([sign(nonce=number)], attributes_after(embedded.head())))
    geth = engines.geth(embedded._store)
    assert geth.head() == embedded.head()
    assert geth.state().proof(COUNTER, [0]) == embedded.state().proof(COUNTER, [0])
    geth.make_head(geth.build([sign(nonce=5)], attributes_after(geth.head())))
    assert geth.state().storage(COUNTER, 0) == 6
