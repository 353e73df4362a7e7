"""A sequencer that has nothing to do, on a ledger with recovery keys: it shows that it lives, and seldom."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.consensus_act import ConsensusActError
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp
from ledger.secp256k1 import address_of
from ledger.views.seals import SealState, check_seal
from node.clock import SimulatedClock
from node.consensus.solo import HEARTBEAT_LEAST_S, WrongSealerError
from node.consensus.succession import open_successor
from node.embedded import EmbeddedNode
from scripts.running import blockmaker
from scripts.running.blockmaker import BlockMaker
from tests.scripts.small_ledger import FOUNDED, REPLAY_TEXT, SmallLedger, found_small, member_key

SILENCE_S = 900
PART_S = SILENCE_S // 4
NONE = b"keys = 0\nthreshold = 0\nsilence_s = 0"
WALL = REPLAY_TEXT.replace(b'clock = "simulated"', b'clock = "wall"')
HEIR = address_of(member_key(40))
WAIT_S = 20


def with_silence(text: bytes, silence_s: int) -> bytes:
    return text.replace(NONE, b"keys = 3\nthreshold = 2\nsilence_s = %d" % silence_s)


def at(path: Path, time_s: int) -> SmallLedger:
    """The ledger, under a clock that stands still until it is told."""
    return SmallLedger(path, clock=SimulatedClock(Timestamp(time_s)))


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[SmallLedger]:
    ledger = at(found_small(tmp_path / "ledger", with_silence(WALL, SILENCE_S)), FOUNDED)
    yield ledger
    ledger.node.close()


def test_heartbeat__idle_ledger__comes_four_times_a_silence_and_not_sooner(idle: SmallLedger) -> None:
    made = []
    for second in range(0, SILENCE_S + 1, 5):
        idle.advance_to(FOUNDED + second)
        if idle.node.make_heartbeat() is not None:
            made.append(second)
    assert made == [PART_S, 2 * PART_S, 3 * PART_S, 4 * PART_S]
    head = idle.node.chain.head()
    assert (head.number, head.fee_recipient) == (4, ZERO_ADDRESS)
    assert idle.node.chain.block(head.number).transactions == ()
    assert check_seal(idle.node.chain, idle.chain_id, head).state is SealState.SEALED


def test_heartbeat__block_with_transactions__puts_it_off(idle: SmallLedger) -> None:
    idle.advance_to(FOUNDED + PART_S - 1)
    idle.fill()
    newest = idle.node.chain.head()
    idle.advance_to(newest.timestamp + PART_S - 1)
    assert idle.node.make_heartbeat() is None
    idle.advance_to(newest.timestamp + PART_S)
    assert idle.node.make_heartbeat() is not None


def test_heartbeat__short_silence__is_never_made_more_than_once_a_minute(tmp_path: Path) -> None:
    ledger = at(found_small(tmp_path / "ledger", with_silence(WALL, 8)), FOUNDED)
    try:
        for second, expected in ((HEARTBEAT_LEAST_S - 1, 0), (HEARTBEAT_LEAST_S, 1), (2 * HEARTBEAT_LEAST_S - 1, 1)):
            ledger.advance_to(FOUNDED + second)
            ledger.node.make_heartbeat()
            assert ledger.node.chain.head().number == expected
    finally:
        ledger.node.close()


@pytest.mark.parametrize("text", [WALL, with_silence(REPLAY_TEXT, SILENCE_S)], ids=["no recovery keys", "simulated"])
def test_heartbeat__ledger_that_nobody_takes_over__makes_none(tmp_path: Path, text: bytes) -> None:
    ledger = at(found_small(tmp_path / "ledger", text), FOUNDED + 10 * SILENCE_S)
    assert ledger.node.make_heartbeat() is None
    assert ledger.node.chain.head().number == 0
    ledger.node.close()


def test_succession__of_a_sequencer_that_lives__is_too_early_and_of_one_that_ended_is_not(idle: SmallLedger) -> None:
    for part in range(1, 8):
        idle.advance_to(FOUNDED + part * PART_S)
        idle.node.make_heartbeat()
    ended = idle.node.chain.head().timestamp
    idle.node.close()
    with pytest.raises(ConsensusActError, match="silence"):
        propose(idle.path, ended + SILENCE_S - 1)
    assert propose(idle.path, ended + SILENCE_S) == ended + SILENCE_S


def test_heartbeat__of_a_key_that_is_no_longer_the_sequencers__is_not_sealed(idle: SmallLedger) -> None:
    idle.node.close()
    idle.node = EmbeddedNode(idle.path, member_key(41), clock=SimulatedClock(Timestamp(FOUNDED + SILENCE_S)))
    with pytest.raises(WrongSealerError):
        idle.node.make_heartbeat()
    assert idle.node.chain.head().number == 0


def test_block_maker__nothing_comes_in__makes_the_heartbeat(idle: SmallLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blockmaker, "HEARTBEAT_LEAST_S", 0.01)
    idle.advance_to(FOUNDED + PART_S)
    with BlockMaker(idle.node, None, 0.01) as maker:
        assert wait_until(idle.node, 1)
        idle.advance_to(FOUNDED + 2 * PART_S)
        assert wait_until(idle.node, 2)
    assert maker.failure is None
    assert idle.node.chain.head().number == 2


def propose(path: Path, now: int, heir: Address = HEIR) -> int:
    """The time of the succession that somebody could propose now."""
    with open_successor(path, read_only=True, clock=SimulatedClock(Timestamp(now))) as successor:
        return successor.propose(heir).header.timestamp


def wait_until(node: EmbeddedNode, height: int) -> bool:
    """Whether the chain has come to a height in time."""
    end = time.monotonic() + WAIT_S
    while node.chain.head().number < height:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
