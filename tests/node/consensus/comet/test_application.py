"""The application's life under CometBFT: genesis, deciding, restarting, telling of validators."""

import pytest

from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS
from node.consensus.comet import abci_pb2 as abci
from node.consensus.comet.decided import DecidedBlockError
from node.consensus.comet.genesis import ConsensusGenesisError
from node.consensus.comet.payload import HEARTBEAT_S
from node.consensus.comet.progress import ProgressError, decided_at
from node.consensus.comet.validators import Validator, ValidatorSetError
from node.execution.pyevm.engine import PyEvmEngine
from node.store.memory import MemoryStore
from tests.node.consensus.comet.stage import ALICE, BOB, CAROL, Chosen, Founded, Stage


def powers_told(answer: abci.ResponseFinalizeBlock) -> dict[bytes, int]:
    return {update.pub_key.ed25519: update.power for update in answer.validator_updates}


def test_init_chain__this_ledgers_genesis__answers_the_heads_hash(founded: Founded) -> None:
    stage = Stage(founded)
    assert stage.begin() == founded.genesis.header.hash
    info = stage.ask("info")
    assert (info.last_block_height, info.last_block_app_hash, info.app_version) == (0, b"", 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chain_id", "ortaq-1"),
        ("initial_height", 2),
        ("consensus_params", abci.ConsensusParams(block=abci.BlockParams(max_bytes=4 * 2**20 - 1, max_gas=-1))),
        ("consensus_params", abci.ConsensusParams(block=abci.BlockParams(max_bytes=4 * 2**20, max_gas=1))),
        ("app_state_bytes", b'{"head": "0x00"}'),
        ("app_state_bytes", b"\xff"),
        ("app_state_bytes", b""),
        ("validators", []),
        ("validators", [abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=BOB), power=10)]),
    ],
)
def test_init_chain__another_genesis__is_refused(founded: Founded, field: str, value: object) -> None:
    with pytest.raises(ConsensusGenesisError, match="expected"):
        Stage(founded).begin(**{field: value})


def test_init_chain__validators_that_cannot_be__are_refused(founded: Founded) -> None:
    with pytest.raises(ValidatorSetError):
        Stage(founded, chosen=Chosen({0: ()})).begin()


def test_decide__transactions__stand_in_a_block_whose_hash_is_the_app_hash(founded: Founded, stage: Stage) -> None:
    assert stage.check(founded.admit(0)) == (0, "")
    assert stage.check(founded.admit(1)) == (0, "")
    answer = stage.decide()
    head = stage.chain.head()
    assert head.number == 1
    assert answer.app_hash == head.hash
    assert [(result.code, result.gas_used > 0) for result in answer.tx_results] == [(0, False), (0, True), (0, True)]
    assert sum(result.gas_used for result in answer.tx_results) == head.gas_used
    assert head.timestamp == stage.time.consensus_s
    assert stage.mempool == []
    assert decided_at(stage.chain, head.number) == 1


def test_decide__block_of_a_solo_ledger__is_the_same_bytes(founded: Founded, stage: Stage) -> None:
    solo = PyEvmEngine(MemoryStore(), founded.genesis)
    for nonce in range(3):
        stage.check(founded.admit(nonce))
        stage.decide()
        head = solo.head()
        attributes = BlockAttributes(stage.chain.head().timestamp, ZERO_ADDRESS, b"", head.gas_limit)
        executed = solo.build([founded.admit(nonce)], attributes)
        assert executed.block == stage.chain.block(stage.chain.head().number)
        solo.make_head(executed)


def test_decide__idle__makes_no_block_until_the_heartbeat(stage: Stage) -> None:
    stage.decide(after_s=1)
    stage.decide(after_s=HEARTBEAT_S - 2)
    before = stage.chain.head()
    assert before.number == 0
    answer = stage.decide(after_s=1)
    assert stage.chain.head().number == 1
    assert stage.chain.block(1).transactions == ()
    assert answer.app_hash == stage.chain.head().hash
    assert stage.decide(after_s=1).app_hash == answer.app_hash


def test_finalize__block_that_breaks_a_rule__stops_the_node(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.move(2)
    payload = stage.prepare()
    stage.move(1)
    with pytest.raises(DecidedBlockError, match="timestamp"):
        stage.finalize(payload)


def test_finalize__before_commit__leaves_no_trace(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.move(2)
    payload = stage.prepare()
    first = stage.finalize(payload)
    assert stage.chain.head().number == 0
    stage.open()
    assert stage.ask("info").last_block_height == 0
    stage.begin()
    again = stage.finalize(payload)
    assert again == first
    stage.commit(payload)
    assert stage.chain.head().hash == first.app_hash


def test_restart__at_every_height__answers_what_is_durable_and_goes_on(founded: Founded, stage: Stage) -> None:
    answers, payloads, times = {}, {}, {}
    for step in range(1, 6):
        if step in (1, 3):
            stage.check(founded.admit((step - 1) // 2))
        stage.move(2)
        payload = stage.prepare()
        times[step], payloads[step] = stage.time.consensus_s, payload
        answers[step] = stage.finalize(payload)
        stage.commit(payload)
    stage.open()
    info = stage.ask("info")
    # Consensus blocks 4 and 5 carried nothing: CometBFT gives them again.
    assert (info.last_block_height, info.last_block_app_hash) == (3, answers[3].app_hash)
    stage.height = 3
    for step in (4, 5):
        stage.time.consensus_s = times[step]
        assert stage.finalize(payloads[step]) == answers[step]
        stage.commit()
    assert stage.ask("info").last_block_height == 5
    assert stage.chain.head().number == 2


def test_restart__head_made_by_something_else__is_refused(founded: Founded, stage: Stage) -> None:
    stage.check(founded.admit(0))
    stage.decide()
    head = stage.engine.head()
    attributes = BlockAttributes(head.timestamp + 1, ZERO_ADDRESS, b"", head.gas_limit)
    stage.engine.make_head(stage.engine.build([founded.admit(1)], attributes))
    with pytest.raises(ProgressError, match="head"):
        stage.open()


def test_move_from_solo__chain_of_blocks__goes_on_at_head_plus_one(founded: Founded) -> None:
    stage = Stage(founded)
    for nonce in range(3):
        head = stage.engine.head()
        attributes = BlockAttributes(head.timestamp + 1, ZERO_ADDRESS, b"", head.gas_limit)
        stage.engine.make_head(stage.engine.build([founded.admit(nonce)], attributes))
    head = stage.engine.head()
    stage.time.now_s = head.timestamp
    assert stage.begin() == head.hash
    assert stage.height == 3
    stage.check(founded.admit(3))
    stage.decide()
    assert (stage.chain.head().number, decided_at(stage.chain, 4), decided_at(stage.chain, 3)) == (4, 4, None)
    stage.open()
    assert stage.ask("info").last_block_height == 4


def test_validators__changed_by_a_block__are_told_with_it(founded: Founded) -> None:
    alice, bob, carol = (Validator(key, 10) for key in (ALICE, BOB, CAROL))
    chosen = Chosen({0: (alice,), 1: (bob, alice), 2: (Validator(BOB, 7), carol)})
    stage = Stage(founded, chosen=chosen)
    stage.begin()
    told = []
    for nonce in range(3):
        stage.check(founded.admit(nonce))
        told.append(powers_told(stage.decide()))
        told.append(powers_told(stage.decide([])))
    assert told == [{BOB: 10}, {}, {ALICE: 0, BOB: 7, CAROL: 10}, {}, {}, {}]


def test_validators__told_again_after_a_restart__are_the_same(founded: Founded) -> None:
    chosen = Chosen({0: (Validator(ALICE, 10),), 2: (Validator(BOB, 1),)})
    stage = Stage(founded, chosen=chosen)
    stage.begin()
    stage.check(founded.admit(0))
    stage.decide()
    stage.open()
    stage.check(founded.admit(1))
    stage.move(2)
    payload = stage.prepare()
    first = stage.finalize(payload)
    stage.open()
    assert stage.finalize(payload) == first
    assert powers_told(first) == {ALICE: 0, BOB: 1}


def test_validators__a_set_that_cometbft_cannot_have__is_left_out(founded: Founded) -> None:
    twice = (Validator(BOB, 1), Validator(BOB, 2))
    chosen = Chosen(
        {0: (Validator(ALICE, 10),), 1: (), 2: twice, 3: (Validator(BOB, 1 << 60),), 4: (Validator(BOB, 1),)}
    )
    stage = Stage(founded, chosen=chosen)
    stage.begin()
    told = []
    for nonce in range(4):
        stage.check(founded.admit(nonce))
        told.append(powers_told(stage.decide()))
    assert told == [{}, {}, {}, {ALICE: 0, BOB: 1}]


def test_on_decided__each_consensus_height__is_told(stage: Stage) -> None:
    for _ in range(3):
        stage.decide()
    assert stage.seen == [1, 2, 3]


def test_other_requests__are_answered_as_by_an_application_without_them(stage: Stage) -> None:
    assert stage.ask("echo", message="hello").message == "hello"
    assert stage.ask("verify_vote_extension").status == abci.ACCEPT
    assert stage.ask("offer_snapshot").result == abci.SNAPSHOT_REJECT
    assert stage.ask("apply_snapshot_chunk").result == abci.SNAPSHOT_ABORT
    assert stage.ask("list_snapshots") == abci.Empty()
    assert stage.ask("load_snapshot_chunk") == abci.Empty()
    assert stage.ask("extend_vote") == abci.Empty()
    assert stage.ask("query", path="/anything").code == 1
    assert "unknown" in stage.app.handle(abci.Request()).exception.error
