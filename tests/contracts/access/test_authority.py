"""Only the effect of a passed ballot of the right kind changes anything, whichever contract and entry."""

from typing import Any

import pytest

from ledger.voting.question import EffectKind
from tests.contracts.chain import Reverted, account, mock
from tests.contracts.founding import QUESTION, REGISTRAR, STRANGER, TERMS, World, bytes32

K = EffectKind
TARGET = account("somebody")
KEY, NODE = bytes([1] * 32), bytes([5] * 20)
"""A validator and a node that are listed."""
ENTRIES: list[tuple[str, str, tuple[Any, ...], set[EffectKind]]] = [
    ("directory", "introduce", (bytes32(b"Dividends"), 40, "code"), {K.ENTRENCHED}),
    ("directory", "install", (bytes32(b"Treasury"), "code", 60), {K.ENTRENCHED}),
    ("constitution", "set", (bytes32(b"equal_shares.challenge"), 61), {K.PARAMETER, K.ENTRENCHED}),
    ("constitution", "set", (bytes32(b"roll.minimum"), 6), {K.ENTRENCHED}),
    ("constitution", "set_terms", (1, TERMS[2]), {K.ENTRENCHED}),
    ("permissions", "appoint", (TARGET, 1, 21_000), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "dismiss", (REGISTRAR,), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "set_sealer", (1, TARGET), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "add_validator", (bytes([2] * 32), 1, bytes([3] * 32), ""), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "set_validator", (KEY, 2, bytes([3] * 32), ""), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "remove_validator", (KEY,), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "admit_node", (bytes([4] * 20),), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "exclude_node", (NODE,), {K.PERMISSION, K.ENTRENCHED}),
    ("permissions", "set_recovery", (1, 1, [TARGET]), {K.ENTRENCHED}),
    ("permissions", "set_trust_period", (1,), {K.ENTRENCHED}),
    ("permissions", "set_double_sign", (0,), {K.ENTRENCHED}),
    ("permissions", "list_entry", (TARGET, b"\x01\x02\x03\x04", 100_000), {K.ENTRENCHED}),
]
CONSENSUS_ACTS = {"permissions.succeed", "permissions.punish"}
"""Entries that no ballot can carry out: they ask for a block of their own."""
NAMES = [f"{contract}.{entry}" for contract, entry, _, _ in ENTRIES]


@pytest.fixture
def world(world: World) -> World:
    """With a validator and a node."""
    world.execute(K.PERMISSION, world.permissions, "add_validator", KEY, 1, bytes([3] * 32), "")
    world.execute(K.PERMISSION, world.permissions, "admit_node", NODE)
    return world


def _filled(world: World, values: tuple[Any, ...]) -> list[Any]:
    """The entry's values, with an address that has code where they say so."""
    code = world.chain.deploy(mock("executor")).address
    return [code if value == "code" else value for value in values]


@pytest.mark.parametrize("kind", list(K))
@pytest.mark.parametrize(("contract", "entry", "values", "kinds"), ENTRIES, ids=NAMES)
def test_entry__effect_of_each_kind__only_the_stated_kinds_pass(
    world: World, contract: str, entry: str, values: tuple[Any, ...], kinds: set[EffectKind], kind: EffectKind
) -> None:
    target = getattr(world, contract)
    arguments = _filled(world, values)
    if kind in kinds:
        sent = world.execute(kind, target, entry, *arguments)
        assert [fields["question"] for _, fields in target.events(sent)] == [QUESTION]
        return
    with pytest.raises(Reverted, match=r"^authority: other kind of question$"):
        world.execute(kind, target, entry, *arguments)


@pytest.mark.parametrize(("contract", "entry", "values", "kinds"), ENTRIES, ids=NAMES)
def test_entry__called_by_anybody__is_refused(
    world: World, contract: str, entry: str, values: tuple[Any, ...], kinds: set[EffectKind]
) -> None:
    target = getattr(world, contract)
    for caller in (STRANGER, REGISTRAR, target.address, world.directory.address):
        with pytest.raises(Reverted, match=r"^authority: not a ballot$"):
            target.send(entry, *_filled(world, values), sender=caller)


@pytest.mark.parametrize(("contract", "entry", "values", "kinds"), ENTRIES, ids=NAMES)
def test_entry__contract_that_only_claims_to_execute__is_refused(
    world: World, contract: str, entry: str, values: tuple[Any, ...], kinds: set[EffectKind]
) -> None:
    impostor = world.chain.deploy(mock("executor"))
    target = getattr(world, contract)
    data = target.abi.encode_call(entry, *_filled(world, values))
    with pytest.raises(Reverted, match=r"^authority: not a ballot$"):
        impostor.send("run", QUESTION, K.ENTRENCHED, target.address, data, sender=STRANGER)


@pytest.mark.parametrize(("contract", "entry", "values", "kinds"), ENTRIES, ids=NAMES)
def test_entry__ballots_outside_of_an_execution__is_refused(
    world: World, contract: str, entry: str, values: tuple[Any, ...], kinds: set[EffectKind]
) -> None:
    target = getattr(world, contract)
    data = target.abi.encode_call(entry, *_filled(world, values))
    with pytest.raises(Reverted, match=r"^authority: no question in execution$"):
        world.ballots.send("run", 0, K.ENTRENCHED, target.address, data, sender=STRANGER)


def test_abi__every_contract_of_access__has_no_other_entry_that_writes(world: World) -> None:
    writing = {
        f"{name}.{entry.name}"
        for name in ("directory", "constitution", "permissions")
        for entry in getattr(world, name).abi.entries
        if not entry.is_view
    }
    assert writing == {*NAMES, *CONSENSUS_ACTS}


@pytest.mark.parametrize(("entry", "values"), [("succeed", (TARGET,)), ("punish", (KEY, 1))])
def test_consensus_act__by_a_ballot_or_anybody__is_refused(world: World, entry: str, values: tuple[Any, ...]) -> None:
    for kind in K:
        with pytest.raises(Reverted, match=r"^permissions: no consensus act$"):
            world.execute(kind, world.permissions, entry, *values)
    with pytest.raises(Reverted, match=r"^permissions: no consensus act$"):
        world.permissions.send(entry, *values, sender=STRANGER)
