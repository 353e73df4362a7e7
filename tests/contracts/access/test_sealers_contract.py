"""Who seals, on chain: beside the model, and the words that light clients prove."""

from typing import Any

import pytest

from ledger.access.sealers import DoubleSign, Sealers
from ledger.access.validators import Validator, Validators
from ledger.primitives import ZERO_ADDRESS
from ledger.proofs.seal import SealKind, sealer_set
from ledger.proofs.slots import CHANGED_SLOT, RECOVERY_SLOT, SEALER_SLOT, SEALERS_SLOT, TRUST_SLOT
from ledger.voting.question import EffectKind
from tests.contracts.access.sealing import KEYS, ORGANISATIONS, RECOVERY, act, address_word, listed, row, validator
from tests.contracts.chain import Chain, Deployed, Reverted, account
from tests.contracts.founding import DUTIES, QUESTION, SEALER, STRANGER, World
from tests.contracts.gas import snapshot

K = EffectKind
DIRECTORY = account("directory")
RECOVERY_ROW = (RECOVERY.threshold, RECOVERY.silence, list(RECOVERY.keys))
NOBODY: tuple[int, int, list[bytes]] = (0, 0, [])
FOUR = [row(validator(place)) for place in range(4)]


def deploy(sealing: tuple[Any, ...], validators: list[Any] = [], nodes: list[bytes] = []) -> Deployed:  # noqa: B006
    return Chain().deploy("Permissions", DIRECTORY, DUTIES, [], sealing, validators, nodes)


def under_validators(world: World, count: int = 4) -> None:
    for place in range(count):
        world.execute(K.PERMISSION, world.permissions, "add_validator", *row(validator(place)))
    world.execute(K.PERMISSION, world.permissions, "set_sealer", 2, ZERO_ADDRESS)


def test_constructor__solo__words_say_who_seals() -> None:
    permissions = deploy((1, SEALER, RECOVERY_ROW, 86_400, 1))
    assert permissions.slot(SEALER_SLOT) == 1 << 160 | address_word(SEALER)
    assert permissions.slot(SEALERS_SLOT).to_bytes(32, "big") == sealer_set(SealKind.SOLO, [(SEALER, 1)]).hash
    assert permissions.slot(RECOVERY_SLOT).to_bytes(32, "big") == RECOVERY.hash
    assert permissions.slot(TRUST_SLOT) == permissions.read("trust_period") == 86_400
    assert permissions.read("recovery") == (RECOVERY.threshold, RECOVERY.silence, RECOVERY.keys)
    assert permissions.read("double_sign") == 1
    assert permissions.read("is_capture_resistant") is False


def test_constructor__validators__in_any_order__same_words() -> None:
    expected = Sealers(SealKind.COMMIT, ZERO_ADDRESS, Validators([validator(n) for n in range(4)]))
    for rows in (FOUR, FOUR[::-1], FOUR[2:] + FOUR[:2]):
        permissions = deploy((2, ZERO_ADDRESS, NOBODY, 0, 0), rows, [b"\x01" * 20])
        assert permissions.slot(SEALERS_SLOT).to_bytes(32, "big") == expected.set.hash
        assert [permissions.read("validator_at", n) for n in range(4)] == [row(v) for v in expected.validators.listed]
        assert permissions.read("is_capture_resistant") is True
        assert permissions.read("is_node", b"\x01" * 20) is True


@pytest.mark.parametrize(
    ("sealing", "validators", "nodes", "reason"),
    [
        ((0, SEALER, NOBODY, 0, 0), [], [], "permissions: unknown kind of seal"),
        ((3, SEALER, NOBODY, 0, 0), [], [], "permissions: unknown kind of seal"),
        ((4, SEALER, NOBODY, 0, 0), [], [], "permissions: unknown kind of seal"),
        ((1, ZERO_ADDRESS, NOBODY, 0, 0), [], [], "permissions: zero account"),
        ((2, ZERO_ADDRESS, NOBODY, 0, 0), [], [], "permissions: no validators"),
        ((2, SEALER, NOBODY, 0, 0), FOUR, [], "permissions: an account beside validators"),
        ((1, SEALER, NOBODY, 0, 2), [], [], "permissions: unknown consequence"),
        ((1, SEALER, (1, 0, []), 0, 0), [], [], "permissions: recovery without keys"),
        ((1, SEALER, (0, 1, []), 0, 0), [], [], "permissions: recovery without keys"),
        ((1, SEALER, (0, 1, [STRANGER]), 0, 0), [], [], "permissions: threshold out of reach"),
        ((1, SEALER, (2, 1, [STRANGER]), 0, 0), [], [], "permissions: threshold out of reach"),
        ((1, SEALER, (1, 0, [STRANGER]), 0, 0), [], [], "permissions: no silence"),
        ((1, SEALER, (1, 1, [STRANGER] * 2), 0, 0), [], [], "permissions: recovery keys not ascending"),
        ((1, SEALER, (2, 9, [*RECOVERY.keys[::-1]]), 0, 0), [], [], "permissions: recovery keys not ascending"),
        ((1, SEALER, (1, 1, [ZERO_ADDRESS]), 0, 0), [], [], "permissions: recovery keys not ascending"),
        ((1, SEALER, NOBODY, 0, 0), [FOUR[0], FOUR[0]], [], "permissions: validator listed already"),
        ((1, SEALER, NOBODY, 0, 0), [(bytes(32), 1, KEYS[0], "")], [], "permissions: zero key"),
        ((1, SEALER, NOBODY, 0, 0), [(KEYS[0], 0, KEYS[0], "")], [], "permissions: no power"),
        ((1, SEALER, NOBODY, 0, 0), [(KEYS[0], 1, bytes(32), "")], [], "permissions: no organisation"),
        ((1, SEALER, NOBODY, 0, 0), [(KEYS[0], 2**60, KEYS[0], "")], [], "permissions: power over the limit"),
        (
            (2, ZERO_ADDRESS, NOBODY, 0, 0),
            [*FOUR[:3], row(validator(3, 15))],
            [],
            "permissions: an organisation",
        ),
        ((1, SEALER, NOBODY, 0, 0), [], [bytes(20)], "permissions: zero node"),
        ((1, SEALER, NOBODY, 0, 0), [], [b"\x01" * 20] * 2, "permissions: node listed already"),
    ],
)
def test_constructor__contradictory_sealing__is_refused(
    sealing: tuple[Any, ...], validators: list[Any], nodes: list[bytes], reason: str
) -> None:
    with pytest.raises(Reverted, match=rf"^{reason}"):
        deploy(sealing, validators, nodes)


def test_set_sealer__other_account__words_say_so(world: World) -> None:
    world.chain.env.evm.patch.block_number = 9
    sent = world.execute(K.PERMISSION, world.permissions, "set_sealer", 1, STRANGER)
    assert world.permissions.events(sent) == [("SealerSet", {"kind": 1, "account": STRANGER, "question": QUESTION})]
    assert world.permissions.slot(SEALER_SLOT) == 1 << 160 | address_word(STRANGER)
    assert world.permissions.slot(SEALERS_SLOT).to_bytes(32, "big") == sealer_set(SealKind.SOLO, [(STRANGER, 1)]).hash
    assert world.permissions.slot(CHANGED_SLOT) == 9


def test_set_sealer__same_again__is_no_change(world: World) -> None:
    before = world.permissions.slot(CHANGED_SLOT)
    world.chain.env.evm.patch.block_number = before + 9
    world.execute(K.PERMISSION, world.permissions, "set_sealer", 1, SEALER)
    assert world.permissions.slot(CHANGED_SLOT) == before


def test_set_sealer__from_solo_to_validators_and_back__hash_follows(world: World) -> None:
    under_validators(world)
    model = Sealers(SealKind.COMMIT, ZERO_ADDRESS, Validators([validator(n) for n in range(4)]))
    assert world.permissions.read("sealers_hash") == model.set.hash
    assert (world.permissions.read("sealer"), world.permissions.read("sealer_kind")) == (ZERO_ADDRESS, 2)
    assert world.permissions.read("is_capture_resistant") is True
    world.execute(K.PERMISSION, world.permissions, "set_sealer", 1, STRANGER)
    assert world.permissions.read("sealers_hash") == sealer_set(SealKind.SOLO, [(STRANGER, 1)]).hash
    assert (world.permissions.read("is_balanced"), world.permissions.read("is_capture_resistant")) == (True, False)


def test_validators__changed_while_one_sequencer_seals__sealers_stay(world: World) -> None:
    before = world.permissions.read("sealers_hash")
    world.execute(K.PERMISSION, world.permissions, "add_validator", *row(validator(0)))
    assert world.permissions.read("sealers_hash") == before
    assert world.permissions.read("validator_of", KEYS[0]) == row(validator(0))
    assert world.permissions.read("validator_of", KEYS[1]) == (bytes(32), 0, bytes(32), "")


@pytest.mark.parametrize(
    ("entry", "values", "reason"),
    [
        ("set_sealer", (1, ZERO_ADDRESS), "permissions: zero account"),
        ("set_sealer", (2, STRANGER), "permissions: an account beside validators"),
        ("set_sealer", (3, STRANGER), "permissions: unknown kind of seal"),
        ("add_validator", row(validator(0)), "permissions: validator listed already"),
        ("add_validator", row(validator(4, 20)), "permissions: an organisation with a third of the power"),
        ("add_validator", row(validator(4, 6, 0)), "permissions: an organisation with a third of the power"),
        ("set_validator", row(validator(0, 15)), "permissions: an organisation with a third of the power"),
        ("set_validator", row(validator(5)), "permissions: no such validator"),
        ("remove_validator", (KEYS[5],), "permissions: no such validator"),
        ("exclude_node", (b"\x01" * 20,), "permissions: no such node"),
        ("set_double_sign", (2,), "permissions: unknown consequence"),
        ("set_recovery", (3, 1, [STRANGER]), "permissions: threshold out of reach"),
    ],
)
def test_entries__bad_values__change_nothing(world: World, entry: str, values: tuple[Any, ...], reason: str) -> None:
    under_validators(world)
    before = world.permissions.read("sealers_hash"), listed(world), world.permissions.read("total_power")
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        world.execute(K.ENTRENCHED, world.permissions, entry, *values)
    assert (world.permissions.read("sealers_hash"), listed(world), world.permissions.read("total_power")) == before


def test_set_validator__moved_to_another_organisation__is_a_gain(world: World) -> None:
    under_validators(world, 5)
    with pytest.raises(Reverted, match=r"with a third of the power$"):
        world.execute(K.PERMISSION, world.permissions, "set_validator", *row(validator(4, 10, 0)))
    world.execute(K.PERMISSION, world.permissions, "set_validator", *row(validator(4, 5, 5)))
    assert world.permissions.read("organisation_power", ORGANISATIONS[5]) == 5
    assert world.permissions.read("organisation_power", ORGANISATIONS[4]) == 0


def test_validators__below_four_organisations__any_share_is_allowed(world: World) -> None:
    for place, power in ((0, 1), (1, 1), (2, 1000)):
        world.execute(K.PERMISSION, world.permissions, "add_validator", *row(validator(place, power)))
    assert world.permissions.read("is_balanced") is False
    with pytest.raises(Reverted, match=r"with a third of the power$"):
        world.execute(K.PERMISSION, world.permissions, "add_validator", *row(validator(3, 400)))


def test_remove_validator__leaves_an_unbalanced_set__is_possible_and_shown(world: World) -> None:
    under_validators(world, 5)
    world.execute(K.PERMISSION, world.permissions, "set_validator", *row(validator(0, 14)))
    assert world.permissions.read("is_capture_resistant") is True
    world.execute(K.PERMISSION, world.permissions, "remove_validator", KEYS[4])
    assert world.permissions.read("is_capture_resistant") is True
    for place in (3, 2, 1):
        world.execute(K.PERMISSION, world.permissions, "remove_validator", KEYS[place])
        assert world.permissions.read("is_capture_resistant") is False
    with pytest.raises(Reverted, match=r"^permissions: the last validator$"):
        world.execute(K.PERMISSION, world.permissions, "remove_validator", KEYS[0])


def test_set_validator__lowered_in_an_unbalanced_set__is_possible(world: World) -> None:
    under_validators(world, 5)
    world.execute(K.PERMISSION, world.permissions, "set_validator", *row(validator(0, 19)))
    world.execute(K.PERMISSION, world.permissions, "remove_validator", KEYS[4])
    assert world.permissions.read("is_balanced") is False
    world.execute(K.PERMISSION, world.permissions, "set_validator", *row(validator(0, 16)))
    assert world.permissions.read("is_balanced") is False
    world.execute(K.PERMISSION, world.permissions, "set_validator", *row(validator(0, 14)))
    assert world.permissions.read("is_balanced") is True


def test_validators__two_hundred__fit_and_no_more(world: World) -> None:
    """Gas of the last change is far below what a transaction may use."""
    under_validators(world)
    many = [Validator(n.to_bytes(32, "big"), 1, (n % 5 + 1).to_bytes(32, "big")) for n in range(256, 452)]
    for one in many:
        sent = world.execute(K.PERMISSION, world.permissions, "add_validator", *row(one))
    assert sent.gas < 4_000_000
    everybody = Validators([*(validator(n) for n in range(4)), *many])
    assert listed(world) == [row(one) for one in everybody.listed]
    assert world.permissions.read("sealers_hash") == Sealers(SealKind.COMMIT, ZERO_ADDRESS, everybody).set.hash
    with pytest.raises(Reverted, match=r"^permissions: too many validators$"):
        world.execute(K.PERMISSION, world.permissions, "add_validator", *row(validator(8)))
    first = everybody.listed[0]
    assert world.execute(K.PERMISSION, world.permissions, "remove_validator", first.key).gas < 4_000_000


def test_succeed__in_a_consensus_act__names_another_sequencer(world: World) -> None:
    world.execute(K.ENTRENCHED, world.permissions, "set_recovery", *RECOVERY_ROW)
    sent = act(world, "succeed", STRANGER)
    assert world.permissions.events(sent) == [("SealerSet", {"kind": 1, "account": STRANGER, "question": 0})]
    assert world.permissions.read("sealer") == STRANGER


@pytest.mark.parametrize("case", ["no recovery keys", "in office already", "zero account", "validators seal"])
def test_succeed__where_there_can_be_none__is_refused(world: World, case: str) -> None:
    if case != "no recovery keys":
        world.execute(K.ENTRENCHED, world.permissions, "set_recovery", *RECOVERY_ROW)
    if case == "validators seal":
        under_validators(world)
    account_named = {"in office already": SEALER, "zero account": ZERO_ADDRESS}.get(case, STRANGER)
    with pytest.raises(Reverted, match=rf"^permissions: {case}$"):
        act(world, "succeed", account_named)


def test_punish__in_a_consensus_act__removes_and_is_remembered(world: World) -> None:
    under_validators(world, 5)
    sent = act(world, "punish", KEYS[4], 12)
    assert world.permissions.events(sent) == [
        ("ValidatorSet", {"key": KEYS[4], "power": 0, "organisation": bytes(32), "endpoint": "", "question": 0}),
        ("Punished", {"key": KEYS[4], "height": 12}),
    ]
    assert row(validator(4)) not in listed(world)
    # A ballot may take it back; the same offence does not count again, another one does.
    world.execute(K.PERMISSION, world.permissions, "add_validator", *row(validator(4)))
    with pytest.raises(Reverted, match=r"^permissions: punished already$"):
        act(world, "punish", KEYS[4], 12)
    act(world, "punish", KEYS[4], 13)


@pytest.mark.parametrize(
    "case",
    ["one sequencer seals", "no punishment for this", "no such validator", "the last validator", "punished already"],
)
def test_punish__where_there_can_be_none__is_refused(world: World, case: str) -> None:
    if case != "one sequencer seals":
        under_validators(world, 1 if case == "the last validator" else 4)
    if case == "no punishment for this":
        world.execute(K.ENTRENCHED, world.permissions, "set_double_sign", 0)
    key = KEYS[8] if case == "no such validator" else KEYS[0]
    with pytest.raises(Reverted, match=rf"^permissions: {case}$"):
        act(world, "punish", key, 0 if case == "punished already" else 5)


def test_nodes__admitted_and_excluded__are_listed(world: World) -> None:
    ids = [bytes([n]) * 20 for n in range(1, 4)]
    for node in ids:
        sent = world.execute(K.PERMISSION, world.permissions, "admit_node", node)
        assert world.permissions.events(sent) == [("NodeAdmitted", {"id": node, "question": QUESTION})]
    world.execute(K.PERMISSION, world.permissions, "exclude_node", ids[0])
    found = {world.permissions.read("node_at", place) for place in range(world.permissions.read("node_count"))}
    assert found == set(ids[1:])
    assert [world.permissions.read("is_node", node) for node in ids] == [False, True, True]


def test_double_sign__of_the_model__has_the_numbers_of_the_contract(world: World) -> None:
    for consequence in DoubleSign:
        world.execute(K.ENTRENCHED, world.permissions, "set_double_sign", consequence)
        assert world.permissions.read("double_sign") == consequence


def test_gas__sealers(fresh: World) -> None:
    permissions = fresh.permissions
    under_validators(fresh)
    for entry, values in (
        ("add_validator", row(validator(4))),
        ("set_validator", row(validator(4, 11))),
        ("remove_validator", (KEYS[4],)),
        ("admit_node", (b"\x01" * 20,)),
        ("exclude_node", (b"\x01" * 20,)),
        ("set_recovery", RECOVERY_ROW),
        ("set_trust_period", (1,)),
        ("set_sealer", (1, STRANGER)),
    ):
        data = permissions.abi.encode_call(entry, *values)
        gas = fresh.ballots.measure("run", QUESTION, K.ENTRENCHED, permissions.address, data, sender=STRANGER)
        snapshot(f"access/Permissions.{entry} (executed)", gas)
