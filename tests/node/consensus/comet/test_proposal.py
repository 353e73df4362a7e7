"""Proposals: what a proposer makes, and everything that validators refuse."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from ledger.chain.rlp import decode_list, encode
from ledger.chain.trie import list_root
from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS, Hash32
from node.consensus.comet.genesis import MAX_BLOCK_BYTES
from node.consensus.comet.pacing import LONGEST_WAIT_S, PAUSE_S, STALE_S
from node.consensus.comet.payload import HEARTBEAT_S, MAX_HEADER_BYTES
from node.consensus.comet.proposal import BUILD_S
from tests.node.consensus.comet.refusable import other_transactions
from tests.node.consensus.comet.stage import Founded, Stage, block_of
from tests.paths import REPOSITORY


@pytest.fixture
def good(founded: Founded, stage: Stage) -> list[bytes]:
    """A good payload of two transactions."""
    stage.check(founded.admit(0))
    stage.check(founded.admit(1))
    stage.move(2)
    payload = stage.prepare()
    assert len(payload) == 3
    return payload


def with_header(payload: list[bytes], **fields: object) -> list[bytes]:
    return [replace(block_of(payload).header, **fields).encode(), *payload[1:]]


def test_process__good_payload__is_accepted_by_proposer_and_by_others(
    founded: Founded, stage: Stage, good: list[bytes]
) -> None:
    assert stage.process(good)
    other = Stage(founded)
    other.begin()
    other.move(2)
    assert other.process(good)


BAD_FIELDS: dict[str, object] = {
    "parent_hash": Hash32(b"\x01" * 32),
    "uncles_hash": Hash32(b"\x01" * 32),
    "fee_recipient": b"\x01" * 20,
    "state_root": Hash32(b"\x01" * 32),
    "transactions_root": Hash32(b"\x01" * 32),
    "receipts_root": Hash32(b"\x01" * 32),
    "logs_bloom": b"\x01" * 256,
    "difficulty": 1,
    "number": 2,
    "gas_limit": 120_000_001,
    "gas_used": 60_000_001,
    "timestamp": 1,
    "extra_data": b"me",
    "prev_randao": Hash32(b"\x01" * 32),
    "nonce": b"\x01" * 8,
    "base_fee_per_gas": 7,
    "withdrawals_root": Hash32(b"\x01" * 32),
    "blob_gas_used": 131_072,
    "excess_blob_gas": 131_072,
    "parent_beacon_block_root": Hash32(b"\x01" * 32),
}


@pytest.mark.parametrize("field", BAD_FIELDS)
def test_process__one_field_of_the_header_changed__is_refused(
    stage: Stage, good: list[bytes], field: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not stage.process(with_header(good, **{field: BAD_FIELDS[field]}))
    assert field.replace("timestamp", "block time") in caplog.text
    assert stage.process(good)


@pytest.mark.parametrize("seconds", [-1, 1, 3600])
def test_process__time_other_than_consensus_time__is_refused(stage: Stage, good: list[bytes], seconds: int) -> None:
    assert not stage.process(with_header(good, timestamp=block_of(good).header.timestamp + seconds))


def test_process__time_of_a_block_within_the_second__is_the_parents_plus_one(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.decide()
    head = stage.engine.head()
    for seconds, is_good in ((0, False), (1, True), (2, False)):
        attributes = BlockAttributes(head.timestamp + max(seconds, 1), ZERO_ADDRESS, b"", head.gas_limit)
        block = stage.engine.build([founded.admit(1)], attributes).block
        header = replace(block.header, timestamp=head.timestamp + seconds)
        assert stage.process([header.encode(), *block.transactions]) is is_good


def names_of_other_transactions() -> list[str]:
    return [
        "no bytes", "one byte", "garbage", "largest garbage", "over the size", "trailing bytes", "cut off",
        "other chain", "no chain", "blob", "set code", "nonce gap", "used nonce", "over the quota", "no duty",
        "contract creation", "nothing accepted", "no balance",
    ]  # fmt: skip


@pytest.mark.parametrize("name", names_of_other_transactions())
def test_process__transaction_that_may_not_stand_in_a_block__is_refused(
    founded: Founded, stage: Stage, good: list[bytes], name: str
) -> None:
    others = other_transactions(founded)
    assert list(others) == names_of_other_transactions()
    raws = [*good[1:], others[name]]
    assert not stage.process([good[0], *raws])
    # With a header that fits the list, too: the transaction itself is refused.
    assert not stage.process([replace(block_of(good).header, transactions_root=list_root(raws)).encode(), *raws])
    assert stage.process(good)


def test_process__same_transactions_in_another_order_twice_or_less__is_refused(stage: Stage, good: list[bytes]) -> None:
    header, first, second = good
    for payload in ([header, second, first], [header, first], [header, first, second, second], [first, second]):
        assert not stage.process(payload)


@pytest.mark.parametrize(
    "payload",
    [
        [b""],
        [b"\x00"],
        [b"\xf8"],
        [b"\xc0"],
        [bytes(MAX_HEADER_BYTES)],
        [bytes(MAX_HEADER_BYTES + 1)],
        [b"\xf9\xff\xff" + bytes(600)],
        [b"\xc1" * 500],
        [os.urandom(MAX_BLOCK_BYTES - 10)],
        [b""] * 20_000,
        [b"\xff" * 100] * 10_000,
    ],
    ids=lambda payload: f"{len(payload)} of {len(payload[0])} bytes",
)
def test_process__garbage_of_any_size__is_refused_without_an_exception(stage: Stage, payload: list[bytes]) -> None:
    stage.move(2)
    assert not stage.process(payload)


def test_process__header_with_more_bytes_or_fields__is_refused(stage: Stage, good: list[bytes]) -> None:
    fields = decode_list(good[0])
    for header in (good[0] + b"\x00", encode([*fields, b""]), encode(fields[:-1]), good[0][:-1]):
        assert not stage.process([header, *good[1:]])


def test_process__executor_that_fails__refuses_and_says_so(
    stage: Stage, good: list[bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(stage.engine, "execute", fail)
    assert not stage.process([good[0], *reversed(good[1:])])
    assert "disk on fire" in caplog.text


def test_process__no_block_though_one_is_due__is_refused(stage: Stage) -> None:
    stage.move(HEARTBEAT_S)
    assert not stage.process([])
    assert stage.process(stage.prepare())


def test_process__empty_block_though_none_is_due__is_refused(stage: Stage) -> None:
    stage.move(HEARTBEAT_S)
    payload = stage.prepare()
    assert len(payload) == 1
    stage.move(-1)
    head = stage.engine.head()
    attributes = BlockAttributes(stage.time.consensus_s, ZERO_ADDRESS, b"", head.gas_limit)
    early = stage.engine.build([], attributes).block
    assert not stage.process([early.header.encode()])


def test_prepare__more_than_fits_by_bytes__takes_the_first_and_leaves_the_rest(founded: Founded, stage: Stage) -> None:
    waiting = [founded.admit(nonce) for nonce in range(10)]
    for raw in waiting:
        stage.check(raw)
    stage.move(2)
    # Signatures differ in length.
    room = MAX_HEADER_BYTES + sum(len(raw) + 5 for raw in waiting[:4])
    payload = stage.prepare(max_bytes=room)
    assert payload[1:] == waiting[:4]
    assert sum(map(len, payload)) + 5 * len(payload) <= room
    stage.finalize(payload)
    stage.commit(payload)
    assert stage.mempool == waiting[4:]


def test_prepare__more_than_a_senders_quota__leaves_the_rest_for_the_next_block(founded: Founded, stage: Stage) -> None:
    waiting = [founded.admit(nonce, gas_limit=2**24) for nonce in range(8)]
    for raw in waiting:
        assert stage.check(raw) == (0, "")
    stage.decide()
    taken = len(stage.chain.block(1).transactions)
    assert 0 < taken < len(waiting)
    assert stage.mempool == waiting[taken:]
    stage.decide()
    assert stage.chain.block(2).transactions == tuple(waiting[taken : 2 * taken])


def test_prepare__transaction_that_accepts_nothing__leaves_the_mempool_with_its_reason(
    founded: Founded, stage: Stage
) -> None:
    bad = founded.cast_nothing()
    assert stage.check(bad) == (0, "")
    stage.check(founded.admit(0))
    stage.decide()
    assert stage.chain.block(1).transactions == (founded.admit(0),)
    assert stage.mempool == []
    code, reason = stage.check(bad)
    assert code == 0, reason
    stage.decide()
    assert stage.chain.head().number == 1
    assert stage.mempool == []


def test_prepare__time_is_up__takes_what_was_done_and_leaves_the_rest(founded: Founded, stage: Stage) -> None:
    waiting = [founded.admit(nonce) for nonce in range(6)]
    for raw in waiting:
        stage.check(raw)
    stage.time.step_s = BUILD_S / 3
    stage.decide()
    taken = len(stage.chain.block(1).transactions)
    assert 0 < taken < len(waiting)
    assert stage.mempool == waiting[taken:]


def test_prepare__again_after_a_failed_round__proposes_the_same(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.move(2)
    payload = stage.prepare()
    stage.check(founded.admit(1))
    assert stage.prepare() == payload
    assert stage.prepare(max_bytes=800) == []
    stage.move(1)
    assert stage.prepare()[1:] == [founded.admit(0), founded.admit(1)]


def test_prepare__stale_consensus_time__leaves_the_block_empty_once(founded: Founded, stage: Stage) -> None:
    stage.decide()
    stage.check(founded.admit(0))
    stage.time.now_s += STALE_S + 1
    assert stage.prepare() == []
    stage.process([])
    stage.finalize([])
    stage.commit()
    # The validators have voted just now: even a clock that is ahead does not hold up transactions for ever.
    stage.time.consensus_s += 1
    assert len(stage.prepare()) == 2


def test_prepare__transactions_waited_at_the_last_decision__takes_them_however_slow_the_machine(
    founded: Founded, stage: Stage
) -> None:
    """Asking about thousands of transactions again may take longer than a pause that makes a time stale."""
    stage.decide()
    stage.check(founded.admit(0))
    stage.time.now_s += STALE_S + 1
    assert stage.prepare() == []
    stage.process([])
    stage.finalize([])
    stage.commit()
    stage.time.consensus_s += 1
    stage.time.now_s += STALE_S + 1
    assert len(stage.prepare()) == 2


def test_prepare__height_after_a_block__is_left_empty_to_seal_it(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.decide()
    stage.check(founded.admit(1))
    stage.move(5)
    assert stage.prepare() == []
    stage.process([])
    stage.finalize([])
    stage.commit()
    assert len(stage.prepare()) == 2


def test_prepare__within_the_second_of_the_last_block__waits_for_the_next_second(
    founded: Founded, stage: Stage
) -> None:
    stage.check(founded.admit(0))
    stage.decide()
    newest = stage.engine.head().timestamp
    stage.check(founded.admit(1))
    stage.decide([], after_s=0)
    stage.time.now_s = newest + 0.25
    payload = stage.prepare()
    assert block_of(payload).header.timestamp == newest + 1
    assert (stage.time.now_s, stage.time.slept_s) == (newest + 1, 0.75)
    assert stage.process(payload)


def test_prepare__clock_far_behind__waits_no_longer_than_a_second(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.time.now_s -= 30
    assert len(stage.prepare()) == 2
    assert stage.time.slept_s == LONGEST_WAIT_S


def test_prepare__newest_block_ahead_of_the_time__pauses_and_leaves_the_block_empty(
    founded: Founded, stage: Stage
) -> None:
    stage.check(founded.admit(0))
    stage.decide()
    stage.check(founded.admit(1))
    stage.decide([], after_s=0)
    stage.time.consensus_s = stage.engine.head().timestamp - 1
    assert stage.prepare() == []
    assert stage.time.slept_s == PAUSE_S


def test_prepare__nothing_of_what_waits_can_stand_in_a_block__pauses(founded: Founded, stage: Stage) -> None:
    stage.check(founded.cast_nothing())
    stage.move(2)
    assert stage.prepare() == []
    assert stage.time.slept_s == PAUSE_S


CHILD = """
import json, sys
from pathlib import Path
from tests.node.consensus.comet.refusable import other_transactions
from tests.node.consensus.comet.stage import Founded, Stage
founded = Founded.read(Path(sys.argv[1]))
stage = Stage(founded)
stage.begin()
hashes = []
for nonce in range(3):
    for n in range(2):
        stage.check(founded.admit(2 * nonce + n))
    hashes.append(stage.decide().app_hash.hex())
print(json.dumps(hashes))
"""


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_application__whatever_the_hash_seed__makes_the_same_blocks(founded: Founded, seed: str) -> None:
    stage = Stage(founded)
    stage.begin()
    expected = []
    for nonce in range(3):
        for n in range(2):
            stage.check(founded.admit(2 * nonce + n))
        expected.append(stage.decide().app_hash.hex())
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(founded.folder.path)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=REPOSITORY,
        check=True,
    )
    assert json.loads(done.stdout) == expected
