"""What CometBFT's mempool may hold, and what senders are told."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from ledger.chain.transaction import decode_transaction, sign_transaction
from ledger.errors import CannotCheckError
from ledger.ports import StateView
from ledger.primitives import Address, keccak256
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from node.consensus.comet import told
from node.consensus.comet.told import GONE_AFTER
from tests.node.consensus.comet.stage import ANYBODY, Founded, Stage
from tests.scripts.small_ledger import member_key


def test_check__the_same_transaction_again__is_admitted_again(founded: Founded, stage: Stage) -> None:
    assert stage.check(founded.admit(0)) == stage.check(founded.admit(0)) == (0, "")
    assert len(stage.app.checks.mempool) == 1


def test_check__second_transaction_of_a_nonce__is_refused_with_the_reason(founded: Founded, stage: Stage) -> None:
    assert stage.check(founded.admit(0)) == (0, "")
    code, reason = stage.check(founded.admit(0, gas_limit=500_000))
    assert (code, reason) == (1, "nonce: 0 of this sender is waiting already")


def test_check__nonces_in_a_row__are_admitted_and_a_gap_is_refused(founded: Founded, stage: Stage) -> None:
    code, reason = stage.check(founded.admit(1))
    assert (code, "leaves a gap, expected 0" in reason) == (1, True)
    for nonce in range(5):
        assert stage.check(founded.admit(nonce)) == (0, "")
    assert stage.check(founded.admit(6))[0] == 1


def test_check__used_nonce__is_refused(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.decide()
    assert stage.check(founded.admit(0, gas_limit=500_000)) == (1, "nonce: 0, expected at least 1")


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\xff" * 80, bytes(200_000)])
def test_check__bytes_that_are_no_transaction__are_refused_with_the_reason(stage: Stage, raw: bytes) -> None:
    code, reason = stage.check(raw)
    assert code == 1
    assert "transaction" in reason


def test_check__sender_without_duty__is_refused_with_the_reason(founded: Founded, stage: Stage) -> None:
    raw = sign_transaction(
        ANYBODY, chain_id=founded.chain_id, nonce=0, to=SystemContract.ROLL.address, data=b"1234", gas_limit=10**6
    )
    code, reason = stage.check(raw)
    assert (code, "holds no duty" in reason) == (1, True)
    assert stage.ask("check_tx", tx=raw).gas_wanted == 10**6


def test_recheck__predecessor_refused__takes_those_behind_it_along(founded: Founded, stage: Stage) -> None:
    for nonce in range(3):
        assert stage.check(founded.cast_nothing(nonce)) == (0, "")
    stage.decide()
    assert stage.mempool == []
    reasons = [stage.app.checks.mempool.reason(keccak256(founded.cast_nothing(nonce))) for nonce in range(3)]
    assert "nothing in it was accepted" in reasons[0]
    assert all("leaves a gap" in reason for reason in reasons[1:])


def test_recheck__overtaken_by_another_of_its_nonce__is_refused_with_the_reason(founded: Founded, stage: Stage) -> None:
    mine, other = founded.admit(0), founded.admit(0, gas_limit=500_000)
    proposer = Stage(founded)
    proposer.begin()
    proposer.check(other)
    proposer.move(2)
    payload = proposer.prepare()
    stage.check(mine)
    stage.decide(payload)
    assert stage.mempool == []
    assert stage.app.checks.mempool.reason(keccak256(mine)) == "nonce: 0, expected at least 1"


def test_on_head__transaction_that_cometbft_lost__is_forgotten_so_that_it_can_be_sent_again(
    founded: Founded, stage: Stage
) -> None:
    lost = founded.cast_nothing()
    stage.check(lost)
    stage.mempool.clear()
    for nonce in range(GONE_AFTER + 1):
        assert lost_is_known(stage, lost)
        stage.check(founded.admit(nonce))
        stage.decide()
    assert not lost_is_known(stage, lost)
    assert "send it again" in stage.app.checks.mempool.reason(keccak256(lost))
    assert stage.check(lost) == (0, "")


def test_admit__cometbft_never_asked_about_it__is_kept_however_many_blocks_pass(founded: Founded, stage: Stage) -> None:
    mine = founded.cast_nothing()
    assert stage.app.checks.admit(mine).reason is None
    for nonce in range(GONE_AFTER + 3):
        stage.check(founded.admit(nonce))
        stage.decide()
    assert lost_is_known(stage, mine)
    assert [waiting.raw for waiting in stage.app.checks.unplaced()] == [mine]


def test_admit__refused_while_cometbft_holds_it__may_wait_again_and_cometbft_keeps_it(
    founded: Founded, stage: Stage
) -> None:
    raw = founded.admit(0)
    stage.check(raw)
    stage.app.checks.refuse(keccak256(raw), "taken back")
    assert stage.app.checks.admit(raw).reason is None
    assert stage.check(raw) == (0, "")


def test_check__same_head__admits_what_waits_without_asking_the_state(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = founded.admit(0)
    stage.check(raw)
    asked: list[object] = []
    refuse = stage.app.checks._refuse
    monkeypatch.setattr(
        stage.app.checks, "_refuse", lambda transaction: asked.append(transaction) or refuse(transaction)
    )
    assert stage.check(raw) == (0, "")
    stage.decide([])
    assert asked == []


class Looks:
    """How often transactions were looked at, beyond the question whether anything has changed."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at: list[bytes] = []
        refuse = stage.app.checks._refuse
        monkeypatch.setattr(
            stage.app.checks, "_refuse", lambda transaction: (self.at.append(transaction.raw), refuse(transaction))[1]
        )


def test_recheck__block_of_others__admits_without_looking(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = founded.cast_nothing(), founded.admit(0)
    payload = proposed_elsewhere(founded, other)
    for raw in (mine, other):
        stage.check(raw)
    looks = Looks(stage, monkeypatch)
    stage.decide(payload)
    assert (stage.mempool, looks.at) == ([mine], [])


def test_recheck__block_of_a_rival__looks_again(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = founded.admit(0), founded.cast_nothing()
    payload = proposed_elsewhere(founded, founded.admit(0, gas_limit=500_000))
    for raw in (mine, other):
        stage.check(raw)
    looks = Looks(stage, monkeypatch)
    stage.decide(payload)
    assert (stage.mempool, looks.at) == ([other], [mine, other])


def proposed_elsewhere(founded: Founded, raw: bytes) -> list[bytes]:
    """The payload of a proposer that knows of this transaction alone."""
    proposer = Stage(founded)
    proposer.begin()
    proposer.check(raw)
    proposer.move(2)
    return proposer.prepare()


def test_recheck__permissions_changed__looks_again(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = founded.cast_nothing()
    stage.check(mine)
    looks = Looks(stage, monkeypatch)
    stage.check(mine)
    assert looks.at == []
    state = stage.engine.state()
    changed = Changed(state)
    monkeypatch.setattr(stage.engine, "state", lambda: changed)
    stage.check(mine)
    assert looks.at == [mine]


class Changed:
    """A state after another block, in which Permissions has another storage."""

    def __init__(self, state: StateView) -> None:
        self._state = state
        self.header = replace(state.header, number=state.header.number + 1)

    def __getattr__(self, name: str) -> object:
        return getattr(self._state, name)

    def proof(self, address: Address, slots: Sequence[int]) -> object:
        return replace(self._state.proof(address, slots), storage_root=keccak256(b"changed"))


def lost_is_known(stage: Stage, raw: bytes) -> bool:
    return keccak256(raw) in stage.app.checks.mempool


def test_has_room__until_cometbft_holds_enough__and_again_after_a_block(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "LEAST_HELD", 3)
    for nonce in range(3):
        assert stage.app.checks.has_room()
        stage.check(founded.admit(nonce))
    assert not stage.app.checks.has_room()
    stage.decide()
    assert stage.app.checks.has_room()
    # Twice as many as the newest block had.
    for nonce in range(3, 9):
        assert stage.app.checks.has_room()
        stage.check(founded.admit(nonce))
    assert not stage.app.checks.has_room()


def test_has_room__small_block_after_a_large_one__follows_by_half(
    founded: Founded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "LEAST_HELD", 1)
    held = told.Told()
    held.on_head([b"x"] * 8)
    held.on_head([b"x"])
    for nonce in range(8):
        assert held.has_room
        held.note(decode_transaction(founded.admit(nonce), founded.chain_id))
    assert not held.has_room


def test_has_room__many_bytes_in_few__is_over(founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = founded.admit(0), founded.admit(1)
    monkeypatch.setattr(told, "LEAST_BYTES_HELD", len(first) + len(second))
    stage.check(first)
    stage.check(first)
    assert stage.app.checks.has_room()
    stage.check(second)
    assert not stage.app.checks.has_room()


def test_has_room__a_transaction_is_refused_later__makes_room(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "LEAST_HELD", 1)
    raw = founded.admit(0)
    stage.check(raw)
    assert not stage.app.checks.has_room()
    stage.app.checks.refuse(keccak256(raw), "it cannot run")
    assert stage.check(raw) == (1, "it cannot run")
    assert stage.app.checks.has_room()


def test_on_restart__cometbft_holds_nothing__has_room_and_nothing_is_taken_for_dropped(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "LEAST_HELD", 1)
    waiting = founded.cast_nothing()
    stage.check(waiting)
    stage.mempool.clear()
    assert not stage.app.checks.has_room()
    stage.app.checks.on_restart()
    assert stage.app.checks.has_room()
    for nonce in range(GONE_AFTER + 2):
        stage.check(founded.admit(nonce))
        stage.decide()
    assert [transaction.raw for transaction in stage.app.checks.unplaced()] == [waiting]
    assert stage.check(waiting) == (0, "")


def test_on_sealed__until_then__a_transaction_in_a_block_is_still_known(founded: Founded, stage: Stage) -> None:
    raw = founded.admit(0)
    stage.check(raw)
    for nonce in range(1, GONE_AFTER + 4):
        stage.decide()
        stage.check(founded.admit(nonce))
        assert lost_is_known(stage, raw)
    stage.app.checks.on_sealed([raw])
    assert not lost_is_known(stage, raw)
    assert stage.app.checks.mempool.reason(keccak256(raw)) is None


def test_check__permissions_unchanged__are_read_once(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.check(founded.admit(0))
    stage.decide()
    before = stage.app.checks._permissions
    stage.check(founded.admit(1))
    assert stage.app.checks._permissions is before


def test_check__nonces_of_senders__are_read_once_and_follow_the_blocks(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    view = type(stage.engine.state())
    original = view.nonce
    monkeypatch.setattr(view, "nonce", lambda self, sender: (read.append(sender), original(self, sender))[1])
    for nonce in range(4):
        assert stage.check(founded.admit(nonce)) == (0, "")
    from_check = len(set(read))
    assert from_check == 1
    stage.decide()
    stage.app.checks.on_sealed([founded.admit(nonce) for nonce in range(4)])
    assert stage.check(founded.admit(3, gas_limit=500_000)) == (1, "nonce: 3, expected at least 4")
    # A block with a transaction that did not come by here moves nonces that are not known.
    other = Stage(founded, stage.store)
    other.height, other.time = stage.height, stage.time
    other.check(founded.admit(4))
    other.move(2)
    payload = other.prepare()
    stage.finalize(payload)
    stage.commit(payload)
    assert stage.check(founded.admit(4, gas_limit=500_000)) == (1, "nonce: 4, expected at least 5")
    assert stage.check(founded.admit(5)) == (0, "")


class Many:
    """The state of a stage, which answers for many senders at once; `asked`: for which."""

    def __init__(self, stage: Stage) -> None:
        self._state = stage.engine.state()
        self.asked: list[set[Address]] = []
        self.fault: Exception | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._state, name)

    def fetch_nonces(self, senders: Iterable[Address]) -> None:
        self.asked.append(set(senders))
        if self.fault is not None:
            raise self.fault


def check_together(stage: Stage, raws: Sequence[bytes]) -> list[int]:
    """The codes of the answers to checks that came in one read."""
    stage.app.foresee(raws)
    return [stage.check(raw)[0] for raw in raws]


def test_check__many_together__asks_for_unknown_senders_together(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = Many(stage)
    monkeypatch.setattr(stage.engine, "state", lambda: many)
    known = founded.admit(0)
    stage.check(known)
    keys = [member_key(n).secret for n in range(950, 955)]
    raws = [known, b"no transaction", *(founded.cast_nothing(key=key) for key in keys)]
    assert check_together(stage, raws) == [0, 1, *(0 for _ in keys)]
    assert many.asked == [{address_of(key) for key in keys}]
    check_together(stage, raws)
    check_together(stage, raws[:2])
    assert len(many.asked) == 1


@pytest.mark.parametrize("fault", [CannotCheckError("executor: away"), KeyError("result")])
def test_check__executor_that_fails_for_many__is_asked_one_by_one(
    founded: Founded, stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    many = Many(stage)
    many.fault = fault
    monkeypatch.setattr(stage.engine, "state", lambda: many)
    raws = [founded.cast_nothing(key=member_key(n).secret) for n in range(950, 955)]
    with caplog.at_level("INFO"):
        assert check_together(stage, raws) == [0] * len(raws)
    assert len(many.asked) == 1
    assert "one by one" in caplog.text
