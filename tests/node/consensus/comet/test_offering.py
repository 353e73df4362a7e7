"""What waited is offered again when CometBFT was started anew."""

import time
from collections.abc import Callable, Sequence

import pytest

from ledger.primitives import keccak256
from node.consensus.comet import offering
from node.consensus.comet.offering import Offering
from node.consensus.comet.rpc import CometUnreachableError
from tests.node.consensus.comet.stage import Founded, Stage


class Told:
    """CometBFT's RPC: away for some calls, with some transactions in its cache, and room for so many."""

    def __init__(self, away: int = 0, known: Sequence[bytes] = (), room: int = 10**9) -> None:
        self.away = away
        self.known = known
        self.room = room
        self.offered: list[bytes] = []
        self.calls: list[int] = []

    def broadcast(self, raws: Sequence[bytes]) -> list[str | None]:
        if self.away:
            self.away -= 1
            raise CometUnreachableError("CometBFT: no answer")
        self.calls.append(len(raws))
        return [self._take(raw) for raw in raws]

    def _take(self, raw: bytes) -> str | None:
        if len(raw) > 100_000:
            return "Internal error: Tx too large"
        if len(self.offered) >= self.room:
            return "Internal error: mempool is full: number of txs 5 (max: 5)"
        self.offered.append(raw)
        return "Internal error: tx already exists in cache" if raw in self.known else None


def offering_of(
    told: Told, unplaced: Callable[[], list] = list, has_room: Callable[[], bool] = lambda: True
) -> tuple[Offering, dict[bytes, str]]:
    refused: dict[bytes, str] = {}
    return Offering(told, unplaced, refused.__setitem__, has_room), refused


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "RETRY_S", 0.01)


def wait_until(is_so: Callable[[], bool], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_again__what_is_in_no_block__is_offered_in_order(founded: Founded, stage: Stage) -> None:
    placed, *waiting = [founded.admit(nonce) for nonce in range(4)]
    stage.check(placed)
    stage.decide()
    for raw in waiting:
        stage.check(raw)
    told = Told(away=3, known=waiting[1:2])
    one, refused = offering_of(told, stage.app.checks.unplaced)
    one.start()
    time.sleep(0.05)
    assert told.offered == []
    one.again()
    wait_until(lambda: told.offered == waiting)
    one.again()
    wait_until(lambda: told.offered == [*waiting, *waiting])
    one.close()
    assert refused == {}


def test_close__while_cometbft_is_away__does_not_wait_for_it(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    told = Told(away=10**9)
    one, _ = offering_of(told, stage.app.checks.unplaced)
    one.start()
    one.again()
    wait_until(lambda: told.away < 10**9)
    one.close()
    assert told.offered == []


def test_add__many__are_offered_together_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "MANY", 40)
    raws = [bytes([n]) * 200 for n in range(100)]
    told = Told()
    one, _ = offering_of(told)
    for raw in raws:
        one.add(raw)
    one.start()
    wait_until(lambda: told.offered == raws)
    one.close()
    assert told.calls == [40, 40, 20]


def test_add__more_bytes_than_a_call_carries__are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "MANY_BYTES", 1_000)
    raws = [b"a" * 400, b"b" * 400, b"c" * 3_000, b"d" * 400]
    told = Told()
    one, _ = offering_of(told)
    for raw in raws:
        one.add(raw)
    one.start()
    wait_until(lambda: told.offered == raws)
    one.close()
    assert told.calls == [2, 1, 1]


def test_add__no_room__waits_and_keeps_the_order() -> None:
    raws = [bytes([n]) for n in range(12)]
    told = Told(room=5)
    one, refused = offering_of(told)
    one.start()
    for raw in raws:
        one.add(raw)
    wait_until(lambda: told.offered == raws[:5] and len(told.calls) > 2)
    told.room = 10**9
    wait_until(lambda: told.offered == raws)
    one.close()
    assert refused == {}


def test_add__what_cometbft_never_takes__is_refused_with_its_reason_and_the_next_goes_on() -> None:
    told = Told()
    one, refused = offering_of(told)
    one.start()
    one.add(bytes(200_000))
    one.add(b"next")
    wait_until(lambda: told.offered == [b"next"])
    one.close()
    assert refused == {keccak256(bytes(200_000)): "mempool: Internal error: Tx too large"}


def test_add__cometbft_holds_enough__waits_here_until_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "MANY", 2)
    raws = [bytes([n]) for n in range(9)]
    told = Told()
    target = 3
    one, _ = offering_of(told, has_room=lambda: len(told.offered) < target)
    for raw in raws:
        one.add(raw)
    one.start()
    wait_until(lambda: len(told.offered) == 4)
    time.sleep(0.1)
    assert told.offered == raws[:4]
    target = 9
    wait_until(lambda: told.offered == raws)
    one.close()


def test_add__others_fill_cometbft_for_long__is_offered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "PATIENCE_S", 0.2)
    monkeypatch.setattr(offering, "MANY", 2)
    raws = [bytes([n]) for n in range(4)]
    told = Told()
    one, _ = offering_of(told, has_room=lambda: False)
    for raw in raws:
        one.add(raw)
    one.start()
    wait_until(lambda: told.offered == raws)
    one.close()
    assert told.calls == [2, 2]
