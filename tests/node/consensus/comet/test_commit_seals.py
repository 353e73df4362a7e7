"""Seals by commit: made from what CometBFT says, one block after the other, and only over the right block."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest

from ledger.primitives import Hash32
from ledger.proofs.comet.rpc import _read_header
from ledger.proofs.seal import decode_seal
from node.consensus.comet import seals
from node.consensus.comet.progress import decided_at
from node.consensus.comet.rpc import CometUnreachableError
from node.consensus.comet.seals import SealKeeper, SealMismatchError, read_seal
from tests.node.consensus.comet.stage import ALICE, Founded, Stage

HASH = "AB" * 32
PARTS = {"total": 1, "hash": HASH}


def answer_of(chain_id: int, height: int, app_hash: bytes) -> dict[str, Any]:
    """What `/commit` says of a header that nobody voted for."""
    block_id = {"hash": HASH, "parts": PARTS}
    names = ("last_commit", "data", "validators", "next_validators", "consensus", "last_results", "evidence")
    header = {
        "version": {"block": "11", "app": "1"},
        "chain_id": f"ortaq-{chain_id}",
        "height": str(height),
        "time": "2026-11-22T12:00:00.5Z",
        "last_block_id": block_id,
        "app_hash": app_hash.hex().upper(),
        "proposer_address": "CD" * 20,
        **{f"{name}_hash": HASH for name in names},
    }
    commit = {"height": str(height), "round": 0, "block_id": {"hash": _read_header(header).hash.hex(), "parts": PARTS}}
    votes = [{"block_id_flag": 1, "validator_address": "", "timestamp": "0001-01-01T00:00:00Z", "signature": None}]
    return {"signed_header": {"header": header, "commit": {**commit, "signatures": votes}}}


KEY = {"type": "tendermint/PubKeyEd25519", "value": b64encode(ALICE).decode()}
VALIDATORS = [{"pub_key": KEY, "voting_power": "10"}]


class Told:
    """CometBFT's RPC, as far as it has decided."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.decided = 0
        self.asked: list[int] = []
        self.is_up = True

    def commit(self, height: int) -> dict[str, Any] | None:
        if not self.is_up:
            raise CometUnreachableError("CometBFT: no answer")
        self.asked.append(height)
        if height > self.decided:
            return None
        number = max(n for n in range(self.stage.chain.head().number + 1) if n == 0 or self.sealing(n) <= height)
        return answer_of(self.stage.founded.chain_id, height, self.stage.chain.header(number).hash)

    def sealing(self, number: int) -> int:
        """The consensus height whose header carries a block's hash."""
        return decided_at(self.stage.chain, number) + 1

    def validators(self, _: int) -> list[dict[str, Any]]:
        return VALIDATORS


@pytest.fixture
def told(founded: Founded, stage: Stage) -> Told:
    for nonce in range(3):
        stage.check(founded.admit(nonce))
        stage.decide()
    return Told(stage)


@pytest.fixture
def keeper(stage: Stage, told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[SealKeeper]:
    monkeypatch.setattr(seals, "RETRY_S", 0.01)
    told.sealed = []
    made = SealKeeper(
        stage.engine, stage.chain, stage.founded.chain_id, told, lambda n: {b"row%d" % n: b"x"}, told.sealed.append
    )
    yield made
    made.close()


def wait_until(is_so: Callable[[], bool], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_read_seal__header_over_another_block_or_chain__is_refused(founded: Founded) -> None:
    right = Hash32(b"\x01" * 32)
    answer = answer_of(founded.chain_id, 8, right)
    seal = read_seal(7, right, founded.chain_id, answer, VALIDATORS)
    assert decode_seal(seal.encode()) == seal
    with pytest.raises(SealMismatchError, match="app hash"):
        read_seal(7, Hash32(b"\x02" * 32), founded.chain_id, answer, VALIDATORS)
    with pytest.raises(SealMismatchError, match="ortaq-1 "):
        read_seal(7, right, founded.chain_id, answer_of(1, 8, right), VALIDATORS)


def test_keeper__height_after_a_block_decided__seals_it_with_its_rows(
    stage: Stage, told: Told, keeper: SealKeeper
) -> None:
    told.decided = told.sealing(2)
    keeper.start()
    wait_until(lambda: stage.chain.seal(2) is not None)
    assert stage.chain.seal(3) is None
    assert [stage.chain.extra_row(b"row%d" % n) for n in (1, 2, 3)] == [b"x", b"x", None]
    assert len(told.sealed) == 2
    told.decided = told.sealing(3)
    keeper.wake()
    wait_until(lambda: stage.chain.seal(3) is not None)
    assert [tuple(raws) for raws in told.sealed] == [stage.chain.block(n).transactions for n in (1, 2, 3)]


def test_keeper__cometbft_away__goes_on_when_it_is_back(stage: Stage, told: Told, keeper: SealKeeper) -> None:
    told.is_up = False
    told.decided = told.sealing(3)
    keeper.start()
    time.sleep(0.1)
    assert stage.chain.seal(1) is None
    told.is_up = True
    wait_until(lambda: stage.chain.seal(3) is not None)


def test_keeper__started_again__begins_after_what_is_sealed(stage: Stage, told: Told, keeper: SealKeeper) -> None:
    told.decided = told.sealing(1)
    keeper.start()
    wait_until(lambda: stage.chain.seal(1) is not None)
    keeper.close()
    told.asked.clear()
    told.decided = told.sealing(3)
    again = SealKeeper(stage.engine, stage.chain, stage.founded.chain_id, told, lambda _: {}, told.sealed.append)
    again.start()
    wait_until(lambda: stage.chain.seal(3) is not None)
    again.close()
    # The commit of the newest sealed block is asked for again: it may have become another.
    assert min(told.asked) == 2


def test_keeper__chain_keeps_other_votes__takes_them_when_the_next_block_is_sealed(
    stage: Stage, told: Told, keeper: SealKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.decided = told.sealing(1)
    keeper.start()
    wait_until(lambda: stage.chain.seal(1) is not None)
    seen = stage.chain.seal(1)
    answer = Told.commit

    def with_a_vote(self: Told, height: int) -> Any:
        found = answer(self, height)
        if found is not None and height == 2:
            vote = {"block_id_flag": 2, "validator_address": sha256(ALICE).hexdigest()[:40].upper()}
            vote |= {"timestamp": "2026-11-22T12:00:01Z", "signature": b64encode(bytes(64)).decode()}
            found["signed_header"]["commit"]["signatures"] = [vote]
        return found

    monkeypatch.setattr(Told, "commit", with_a_vote)
    told.decided = told.sealing(2)
    keeper.wake()
    wait_until(lambda: stage.chain.seal(2) is not None)
    assert stage.chain.seal(1) != seen
    assert stage.chain.extra_row(b"row1") == b"x"
