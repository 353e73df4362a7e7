"""Choosing by trials gives the block that running one transaction after another gives."""

import random
from collections.abc import Iterable, Sequence

import pytest

from ledger.chain.admission import Admission
from ledger.chain.transaction import Transaction, decode_transaction
from ledger.ports import BlockAttributes, Executed, StateView
from ledger.primitives import Address, Gas
from node.consensus.comet.proposal import BUILD_S, ProposersAdmission
from node.execution.geth.errors import ExecutorDisagreesError
from node.execution.geth.gas_book import GasBook
from node.execution.geth.selection import MAX_TRIALS, Entry, Fault, Selection, Trial
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.rules import BLOCK_FULL, usable_gas
from node.store.memory import MemoryStore
from tests.node.execution.conformance import (
    ALLOC,
    BURNER,
    COUNTER,
    ERASER,
    KEEPER,
    REVERTER,
    RICH_KEY,
    STRANGER,
    OnlyFrom,
    sign,
)
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis
from tests.node.execution.random_contracts import KEYS


class Source:
    """The accounts of a view."""

    def __init__(self, view: StateView) -> None:
        self.nonce, self.balance = view.nonce, view.balance

    def fetch_nonces(self, senders: Iterable[Address]) -> None:
        """Nothing to do: they are at hand."""

    def fetch_balances(self, addresses: Iterable[Address]) -> None:
        """Nothing to do: they are at hand."""


class Bench:
    """The embedded engine in geth's place: it runs a list as a whole, or says which transaction cannot run."""

    def __init__(self, gas_limit: int) -> None:
        self.engine = PyEvmEngine(MemoryStore(), make_genesis(ALLOC, Gas(gas_limit)))
        self.attributes: BlockAttributes = attributes_after(self.engine.head())
        self.book = GasBook()
        self.trials = 0

    def run(self, entries: Sequence[Entry], known_good: int) -> Trial | Fault:
        self.trials += 1
        raws = [entry.transaction.raw for entry in entries]
        # As with geth, a list may use the whole gas limit of a block, twice what a block of the ledger may.
        wide = PyEvmEngine(MemoryStore(), make_genesis(ALLOC, Gas(2 * self.attributes.gas_limit)))
        executed = wide.build(raws, attributes_after(wide.head()))
        if executed.refusals:
            assert executed.refusals[0].index >= known_good
            return Fault(executed.refusals[0].index, executed.refusals[0].reason)
        return Trial(executed.block, executed.receipts)

    def select(
        self, raws: Sequence[bytes], admission: OnlyFrom | None, room: int | None = None
    ) -> tuple[Selection, Trial]:
        self.trials = 0
        source = Source(self.engine.state())
        selection = Selection(raws, CHAIN_ID, self.attributes, admission, source, self.book, room)
        return selection, selection.choose(self.run)

    def expected(self, raws: Sequence[bytes], admission: OnlyFrom | None) -> Executed:
        return self.engine.build(raws, self.attributes, admission)


def some_transaction(rng: random.Random, nonces: list[int]) -> bytes:
    """Often the next of its sender, sometimes not; often of no value, sometimes of more than the sender has."""
    sender = rng.randrange(4)
    nonce = nonces[sender] + rng.choice([0, 0, 0, 0, 0, 1, -1])
    if nonce == nonces[sender]:
        nonces[sender] += rng.choice([1, 1, 1, 0])
    key = [b"\x05" * 32, RICH_KEY, KEYS[0], b"\x08" * 32][sender]
    return sign(
        key,
        max(nonce, 0),
        rng.choice([COUNTER, COUNTER, REVERTER, BURNER, ERASER, KEEPER, STRANGER, None]),
        data=rng.choice([b"", b"\x00", bytes(31) + b"\x03"]),
        gas_limit=rng.choice([54_000, 60_000, 90_000, 150_000]),
        value=rng.choice([0, 0, 0, 0, 1]),
        max_fee_per_gas=(fee := rng.choice([0, 0, 0, 2])),
        max_priority_fee_per_gas=fee,
    )


@pytest.mark.parametrize("seed", range(60))
def test_choose__random_lists__same_block_and_refusals_as_one_by_one(seed: int) -> None:
    rng = random.Random(seed)
    bench = Bench(10**8)
    nonces = [0] * 4
    raws = [some_transaction(rng, nonces) for _ in range(rng.randrange(1, 14))]
    senders = [decode(raw).sender for raw in raws]
    admitted = {sender for sender in senders if rng.random() < 0.8}
    is_strict = rng.random() < 0.6

    def admission() -> OnlyFrom | None:
        return OnlyFrom(admitted) if is_strict else None

    selection, trial = bench.select(raws, admission())
    if bench.trials <= MAX_TRIALS:
        expected = bench.expected(raws, admission())
        assert trial.block.transactions == expected.block.transactions
        assert trial.receipts == expected.receipts
        assert tuple(selection.refusals) == expected.refusals
    assert sorted([*(entry.index for entry in selection.kept), *(refusal.index for refusal in selection.refusals)]) == [
        *range(len(raws))
    ]


def decode(raw: bytes) -> Transaction:
    return decode_transaction(raw, CHAIN_ID)


def test_choose__all_good__takes_one_trial_once_their_kind_is_known() -> None:
    bench = Bench(10**7)
    raws = [sign(number.to_bytes(32, "big")) for number in range(1, 60)]
    bench.select(raws, None)
    selection, trial = bench.select(raws, None)
    assert (bench.trials, len(trial.receipts), selection.refusals) == (1, 59, [])


def test_choose__time_for_less_than_the_rules_allow__one_trial_of_so_much_and_the_rest_waits() -> None:
    bench = Bench(10**8)
    raws = [sign(number.to_bytes(32, "big")) for number in range(1, 60)]
    bench.select(raws, None)
    room = 1_000_000
    selection, trial = bench.select(raws, None, room)
    assert bench.trials == 1
    assert 0.9 * room < trial.block.header.gas_used <= room
    assert {refusal.reason for refusal in selection.refusals} == {BLOCK_FULL}
    assert len(selection.refusals) + len(trial.receipts) == 59


def test_choose__calls_that_use_a_little_more_than_those_before__fill_a_block_in_one_trial() -> None:
    bench = Bench(4 * 10**6)
    # A byte of data that is not zero costs 12 gas more.
    cheap, dearer = (
        [sign(number.to_bytes(32, "big"), to=STRANGER, data=bytes(4) + bytes([byte]) * 40) for number in range(1, 200)]
        for byte in (0, 1)
    )
    for _ in range(3):
        bench.select(cheap, None)
    selection, trial = bench.select(dearer, None)
    assert bench.trials == 1
    assert trial.block.header.gas_used > 0.9 * usable_gas(4 * 10**6)
    assert selection.refusals


def test_choose__large_calls_of_an_unknown_kind__are_tried_by_what_they_ask_for() -> None:
    bench = Bench(4 * 10**7)
    raws = [sign(number.to_bytes(32, "big"), to=BURNER, gas_limit=2_000_000) for number in range(1, 30)]
    sizes: list[int] = []

    def run(entries: Sequence[Entry], known_good: int) -> Trial | Fault:
        sizes.append(len(entries))
        return bench.run(entries, known_good)

    source = Source(bench.engine.state())
    Selection(raws, CHAIN_ID, bench.attributes, None, source, bench.book, 5_000_000).choose(run)
    assert sizes[0] == 2


def test_choose__half_of_them_refused__takes_two_trials() -> None:
    bench = Bench(10**7)
    raws = [sign(number.to_bytes(32, "big"), to=(COUNTER, REVERTER)[number % 2]) for number in range(1, 60)]
    senders = {decode(raw).sender for raw in raws}
    bench.select(raws, None)
    selection, trial = bench.select(raws, OnlyFrom(senders))
    assert (bench.trials, len(trial.receipts), len(selection.refusals)) == (2, 29, 30)


def test_choose__senders_beyond_their_quotas__are_not_even_tried() -> None:
    """A registrar who admits thousands has them all waiting, and a few of them a block."""
    bench = Bench(10**7)
    office = [sign(nonce=nonce, gas_limit=200_000) for nonce in range(40)]
    others = [sign(number.to_bytes(32, "big"), gas_limit=100_000) for number in range(1, 20)]
    sizes: list[int] = []

    def run(entries: Sequence[Entry], known_good: int) -> Trial | Fault:
        sizes.append(len(entries))
        return bench.run(entries, known_good)

    admission = Admission(OfficePermissions(1_000_000))
    source = Source(bench.engine.state())
    selection = Selection([*office, *others], CHAIN_ID, bench.attributes, admission, source, bench.book)
    trial = selection.choose(run)
    assert trial.block.transactions == (*office[:5], *others)
    assert sizes == [24]
    assert len(selection.refusals) == 35
    assert "200000 gas over the 1000000" in selection.refusals[0].reason


def test_choose__more_than_a_block_holds__fills_it_and_leaves_the_rest() -> None:
    bench = Bench(1_000_000)
    raws = [sign(number.to_bytes(32, "big")) for number in range(1, 60)]
    for _ in range(2):
        selection, trial = bench.select(raws, None)
        assert {refusal.reason for refusal in selection.refusals} == {"block full"}
        assert 0.9 * 500_000 < trial.block.header.gas_used <= 500_000
        assert bench.trials <= 3


def test_choose__every_transaction_at_fault__ends_after_a_fixed_number_of_trials() -> None:
    bench = Bench(10**7)
    calls = 0

    def run(entries: Sequence[Entry], _: int) -> Trial | Fault:
        nonlocal calls
        calls += 1
        return Fault(0, "never") if entries else bench.run(entries, 0)

    raws = [sign(number.to_bytes(32, "big")) for number in range(1, 60)]
    selection = Selection(raws, CHAIN_ID, bench.attributes, None, Source(bench.engine.state()), bench.book)
    assert selection.choose(run).receipts == ()
    assert calls == MAX_TRIALS + 1
    assert [refusal.reason for refusal in selection.refusals] == ["never"] * 8 + ["block full"] * 51


def test_choose__kept_transactions_that_fail_at_last__is_told() -> None:
    bench = Bench(10**7)
    raws = [sign(), sign(RICH_KEY, to=REVERTER)]

    def run(entries: Sequence[Entry], known_good: int) -> Trial | Fault:
        return Fault(0, "changed its mind") if known_good else bench.run(entries, known_good)

    admission = OnlyFrom({decode(raw).sender for raw in raws})
    source = Source(bench.engine.state())
    selection = Selection(raws, CHAIN_ID, bench.attributes, admission, source, bench.book)
    with pytest.raises(ExecutorDisagreesError, match="changed its mind"):
        selection.choose(run)


def test_choose__proposers_time_is_over_after_the_first_trial__keeps_what_ran() -> None:
    """A slow executor must not lose the block that it made in time to begin, and begins no other list."""
    bench = Bench(10**7)
    now = 0.0
    # Of a kind that is not known yet, so that the first list holds fewer than there is room for.
    raws = [sign(number.to_bytes(32, "big"), to=ERASER, data=bytes(31) + b"\1") for number in range(1, 120)]
    admission = ProposersAdmission(OfficePermissions(), lambda: now)

    def run(entries: Sequence[Entry], known_good: int) -> Trial | Fault:
        nonlocal now
        now += 2 * BUILD_S
        return bench.run(entries, known_good)

    source = Source(bench.engine.state())
    selection = Selection(raws, CHAIN_ID, bench.attributes, admission, source, bench.book)
    trial = selection.choose(run)
    assert bench.trials == 1
    assert 0 < len(trial.receipts) < len(raws)
    assert {refusal.reason for refusal in selection.refusals} == {"block full: no time for more"}


class OfficePermissions:
    """Everybody has a duty, with a quota for any block unless it is given."""

    def __init__(self, quota: int = 10**9) -> None:
        self._quota = Gas(quota)

    def duty_of(self, account: Address) -> tuple[int, Gas]:
        return 1, self._quota

    def entry_bound(self, account: Address, selector: bytes) -> Gas:
        return Gas(0)
