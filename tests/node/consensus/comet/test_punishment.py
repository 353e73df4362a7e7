"""A validator that signed two blocks at one height: the block that takes its place away is required of everybody."""

import pytest

from ledger.access.validators import Validator as FoundingValidator
from ledger.chain.consensus_act import PERMISSIONS
from ledger.views.validators import load_validators
from node.consensus.comet import abci_pb2 as abci
from node.consensus.comet.members import StateMembers
from node.consensus.comet.validators import key_address
from tests.node.consensus.comet.stage import ALICE, BOB, CAROL, Founded, Stage, block_of


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    validators = [FoundingValidator(key, 10, key) for key in (ALICE, BOB, CAROL)]
    return Founded.at(tmp_path_factory.mktemp("network") / "ledger", *validators)


@pytest.fixture
def stage(network: Founded) -> Stage:
    made = Stage(network, chosen=StateMembers())
    made.begin()
    return made


def accuse(key: bytes, height: int = 1, kind: abci.MisbehaviorType = abci.DUPLICATE_VOTE) -> abci.Misbehavior:
    return abci.Misbehavior(type=kind, validator=abci.Validator(address=key_address(key), power=10), height=height)


def keys_in_office(stage: Stage) -> set[bytes]:
    return {validator.key for validator in load_validators(stage.chain.state())}


def test_misbehaviour__of_a_validator__is_punished_in_a_block_of_its_own(network: Founded, stage: Stage) -> None:
    stage.check(network.admit(0))
    stage.misbehaviour = [accuse(BOB)]
    answer = stage.decide()
    block = stage.chain.block(1)
    assert (block.header.fee_recipient, len(block.transactions)) == (PERMISSIONS, 1)
    assert keys_in_office(stage) == {ALICE, CAROL}
    assert [(update.pub_key.ed25519, update.power) for update in answer.validator_updates] == [(BOB, 0)]
    assert stage.mempool == [network.admit(0)]
    stage.misbehaviour = []
    stage.decide()
    assert stage.chain.block(2).transactions == (network.admit(0),)


def test_misbehaviour__payload_without_the_punishment__is_refused(network: Founded, stage: Stage) -> None:
    stage.check(network.admit(0))
    stage.move(2)
    ordinary = stage.prepare()
    stage.misbehaviour = [accuse(BOB)]
    punishment = stage.prepare()
    assert punishment != ordinary
    assert not stage.process(ordinary)
    assert not stage.process([])
    assert not stage.process([*punishment, network.admit(0)])
    assert stage.process(punishment)


def test_punishment__without_misbehaviour_or_of_another__is_refused(stage: Stage) -> None:
    stage.move(2)
    stage.misbehaviour = [accuse(BOB)]
    punishment = stage.prepare()
    assert block_of(punishment).header.fee_recipient == PERMISSIONS
    for stated in ([], [accuse(CAROL)], [accuse(BOB, height=2)], [accuse(CAROL), accuse(BOB)]):
        stage.misbehaviour = stated
        assert not stage.process(punishment)


def test_misbehaviour__already_punished_or_not_in_office__leads_to_an_ordinary_block(
    network: Founded, stage: Stage
) -> None:
    stage.misbehaviour = [accuse(BOB)]
    stage.decide()
    stage.misbehaviour = [
        accuse(BOB),
        accuse(b"\x09" * 32),
        accuse(ALICE, kind=abci.LIGHT_CLIENT_ATTACK),
    ]
    stage.check(network.admit(0))
    stage.decide()
    assert stage.chain.block(2).transactions == (network.admit(0),)
    assert keys_in_office(stage) == {ALICE, CAROL}


def test_misbehaviour__of_the_last_validator__leaves_it_in_office(stage: Stage) -> None:
    for key in (ALICE, BOB, CAROL):
        stage.misbehaviour = [accuse(key)]
        stage.decide()
    assert keys_in_office(stage) == {CAROL}
    assert stage.chain.head().number == 2


def test_misbehaviour__one_sequencer_in_the_state__is_not_punished(founded: Founded) -> None:
    stage = Stage(founded)
    stage.begin()
    stage.misbehaviour = [accuse(ALICE)]
    stage.decide()
    assert stage.chain.head().number == 0
