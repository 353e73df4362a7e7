"""What waited is offered again when CometBFT was started anew."""

import time
from collections.abc import Callable

import pytest

from node.consensus.comet import offering
from node.consensus.comet.offering import Offering
from node.consensus.comet.rpc import CometRpcError, CometUnreachableError
from tests.node.consensus.comet.stage import Founded, Stage


class Told:
    """CometBFT's RPC: away for some calls, and with one transaction in its cache."""

    def __init__(self, away: int = 0, known: bytes = b"") -> None:
        self.away = away
        self.known = known
        self.offered: list[bytes] = []

    def broadcast(self, raw: bytes) -> tuple[int, str]:
        if self.away:
            self.away -= 1
            raise CometUnreachableError("CometBFT: no answer")
        self.offered.append(raw)
        if raw == self.known:
            raise CometRpcError("CometBFT: tx already exists in cache", reason="")
        return 0, ""


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
    told = Told(away=3, known=waiting[1])
    one = Offering(told, stage.app.checks.unplaced)
    one.start()
    time.sleep(0.05)
    assert told.offered == []
    one.again()
    wait_until(lambda: told.offered == waiting)
    one.again()
    wait_until(lambda: told.offered == [*waiting, *waiting])
    one.close()


def test_close__while_cometbft_is_away__does_not_wait_for_it(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    told = Told(away=10**9)
    one = Offering(told, stage.app.checks.unplaced)
    one.start()
    one.again()
    wait_until(lambda: told.away < 10**9)
    one.close()
    assert told.offered == []
