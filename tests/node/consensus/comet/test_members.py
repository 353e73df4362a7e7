"""Validators and nodes, read from the state of a ledger that was founded with them."""

from pathlib import Path

import pytest

from ledger.access.validators import Validator as FoundingValidator
from ledger.chain.genesis import Genesis
from node.consensus.comet.members import StateMembers
from node.consensus.comet.validators import Validator
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import LedgerFolder, load_founding
from node.store.memory import MemoryStore
from scripts.founding.act import found_ledger
from tests.node.consensus.comet.stage import ALICE, BOB, Founded
from tests.scripts.small_ledger import FOUNDED, REPLAY_TEXT

NODES = (b"\x0a" * 20, b"\x0b" * 20)


@pytest.fixture(scope="module")
def genesis(tmp_path_factory: pytest.TempPathFactory) -> Genesis:
    path: Path = tmp_path_factory.mktemp("members") / "ledger"
    validators = [
        FoundingValidator(key, 10 + n, name.ljust(32, b"\0"), f"{name.decode()}.example:26656")
        for n, (key, name) in enumerate(((ALICE, b"north"), (BOB, b"south")))
    ]
    found_ledger(path, REPLAY_TEXT, text_path="replay.toml", time=FOUNDED, validators=validators, nodes=NODES)
    return load_founding(LedgerFolder(path))[1]


def test_validators__founded_with_two__are_read_with_all_that_is_known(genesis: Genesis) -> None:
    state = PyEvmEngine(MemoryStore(), genesis).state()
    found = StateMembers().validators(state)
    assert sorted(found, key=lambda v: v.key) == [
        Validator(ALICE, 10, "north", "north.example:26656"),
        Validator(BOB, 11, "south", "south.example:26656"),
    ]


def test_validators__one_sequencer__are_none(founded: Founded) -> None:
    assert StateMembers().validators(PyEvmEngine(MemoryStore(), founded.genesis).state()) == ()


def test_validators__same_sealers__are_read_once(genesis: Genesis, monkeypatch: pytest.MonkeyPatch) -> None:
    state, members = PyEvmEngine(MemoryStore(), genesis).state(), StateMembers()
    found = members.validators(state)
    calls = []
    original = state.call
    monkeypatch.setattr(state, "call", lambda *a, **k: (calls.append(a), original(*a, **k))[1])
    assert members.validators(state) is found
    assert len(calls) == 1


def test_may_peer__admitted_nodes_alone__may(genesis: Genesis) -> None:
    state, members = PyEvmEngine(MemoryStore(), genesis).state(), StateMembers()
    assert [members.may_peer(state, node) for node in (*NODES, b"\x0c" * 20, bytes(20))] == [True, True, False, False]
