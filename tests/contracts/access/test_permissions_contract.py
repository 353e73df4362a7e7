"""Duties and entries on chain, beside the model and the words that nodes read."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.access.authority import AuthorityError, Effect
from ledger.access.permissions import (
    Appointment,
    Permissions,
    PermissionsError,
    duty_slot,
    entry_slot,
)
from ledger.primitives import ZERO_ADDRESS, Address, Gas
from ledger.voting.question import EffectKind
from tests.contracts.chain import Chain, Reverted, account
from tests.contracts.founding import (
    DUTIES,
    OFFICER,
    QUESTION,
    REGISTRAR,
    RELAY,
    SEALER,
    SEALING,
    STRANGER,
    World,
    WorldMachine,
)
from tests.contracts.gas import snapshot

K = EffectKind
DIRECTORY = account("directory")
TARGET = account("contract")
CAST = b"\xca\x57\x00\x01"


def _deploy(**changed: Any) -> None:
    values = {"directory": DIRECTORY, "duties": DUTIES, "entries": [], "sealing": SEALING, **changed}
    Chain().deploy("Permissions", *values.values(), [], [])


def _listed(world: World) -> dict[tuple[Address, bytes], int]:
    rows = [world.permissions.read("entry_at", i) for i in range(world.permissions.read("entry_count"))]
    listed = {(address, selector): bound for address, selector, bound in rows}
    assert len(listed) == len(rows)
    return listed


def _holders(world: World) -> set[Address]:
    count = world.permissions.read("account_count")
    holders = {world.permissions.read("accounts", i) for i in range(count)}
    assert len(holders) == count
    return holders


def test_constructor__founding_duties__are_in_force(world: World) -> None:
    for holder, mask, quota in DUTIES:
        assert world.permissions.read("duty_of", holder) == (mask, quota)
    assert world.permissions.read("duty_of", STRANGER) == (0, 0)
    assert _holders(world) == {holder for holder, _, _ in DUTIES}
    assert (world.permissions.read("sealer_kind"), world.permissions.read("sealer")) == (1, SEALER)


def test_constructor__entries__are_listed() -> None:
    chain = Chain()
    entries = [(TARGET, CAST, 10), (TARGET, b"\xff\xff\xff\xff", 2**24), (STRANGER, CAST, 20)]
    permissions = chain.deploy("Permissions", DIRECTORY, DUTIES, entries, SEALING, [], [])
    assert [permissions.read("entry_at", i) for i in range(3)] == entries
    for address, selector, bound in entries:
        assert permissions.read("entry_bound", address, selector) == bound
    assert permissions.read("entry_bound", STRANGER, b"\xff\xff\xff\xff") == 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"directory": ZERO_ADDRESS}, "permissions: zero directory"),
        ({"duties": [(REGISTRAR, 1, 1), (REGISTRAR, 2, 1)]}, "permissions: appointed twice"),
        ({"duties": [(ZERO_ADDRESS, 1, 1)]}, "permissions: zero account"),
        ({"duties": [(REGISTRAR, 0, 1)]}, "permissions: unknown duty"),
        ({"duties": [(REGISTRAR, 32, 1)]}, "permissions: unknown duty"),
        ({"duties": [(REGISTRAR, 1, 0)]}, "permissions: no quota"),
        ({"entries": [(TARGET, CAST, 0)]}, "permissions: no bound"),
        ({"entries": [(TARGET, CAST, 2**24 + 1)]}, "permissions: bound over a transaction's gas"),
        ({"entries": [(TARGET, CAST, 1), (TARGET, CAST, 2)]}, "permissions: listed twice"),
        ({"entries": [(ZERO_ADDRESS, CAST, 1)]}, "permissions: zero account"),
    ],
)
def test_constructor__contradictory__is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        _deploy(**changed)


def test_holds__mask__all_bits_and_at_least_one(world: World) -> None:
    world.execute(K.PERMISSION, world.permissions, "appoint", RELAY, 0b110, 9)
    for mask, expected in ((0b010, True), (0b100, True), (0b110, True), (0b111, False), (0b001, False), (0, False)):
        assert world.permissions.read("holds", RELAY, mask) is expected
    assert world.permissions.read("holds", STRANGER, 0) is False


def test_appoint__again__replaces_the_duties(world: World) -> None:
    sent = world.execute(K.PERMISSION, world.permissions, "appoint", REGISTRAR, 2, 77)
    fields = {"account": REGISTRAR, "mask": 2, "quota": 77, "question": QUESTION}
    assert world.permissions.events(sent) == [("Appointed", fields)]
    assert world.permissions.read("duty_of", REGISTRAR) == (2, 77)
    assert len(_holders(world)) == len(DUTIES)


def test_dismiss__one_of_several__others_stay_listed(world: World) -> None:
    sent = world.execute(K.PERMISSION, world.permissions, "dismiss", RELAY)
    assert world.permissions.events(sent) == [("Dismissed", {"account": RELAY, "question": QUESTION})]
    assert world.permissions.read("duty_of", RELAY) == (0, 0)
    assert _holders(world) == {holder for holder, _, _ in DUTIES} - {RELAY}
    with pytest.raises(Reverted, match=r"^permissions: holds no duty$"):
        world.execute(K.PERMISSION, world.permissions, "dismiss", RELAY)


@pytest.mark.parametrize(
    ("entry", "values", "reason"),
    [
        ("appoint", (ZERO_ADDRESS, 1, 1), "permissions: zero account"),
        ("appoint", (STRANGER, 0, 1), "permissions: unknown duty"),
        ("appoint", (STRANGER, 2**255, 1), "permissions: unknown duty"),
        ("appoint", (STRANGER, 1, 0), "permissions: no quota"),
        ("dismiss", (STRANGER,), "permissions: holds no duty"),
        ("list_entry", (ZERO_ADDRESS, CAST, 1), "permissions: zero account"),
        ("list_entry", (TARGET, CAST, 2**24 + 1), "permissions: bound over a transaction's gas"),
        ("list_entry", (TARGET, CAST, 0), "permissions: not listed"),
    ],
)
def test_entries__bad_values__are_refused(world: World, entry: str, values: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        world.execute(K.ENTRENCHED, world.permissions, entry, *values)


def test_list_entry__changed_and_removed__nodes_see_it(world: World) -> None:
    for bound in (5, 6):
        sent = world.execute(K.ENTRENCHED, world.permissions, "list_entry", TARGET, CAST, bound)
        fields = {"account": TARGET, "selector": CAST, "bound": bound, "question": QUESTION}
        assert world.permissions.events(sent) == [("EntryListed", fields)]
        assert world.permissions.slot(entry_slot(TARGET, CAST)) == bound
    assert _listed(world) == {(TARGET, CAST): 6}
    world.execute(K.ENTRENCHED, world.permissions, "list_entry", TARGET, CAST, 0)
    assert world.permissions.read("entry_bound", TARGET, CAST) == 0
    assert _listed(world) == {}


def test_gas__permissions(fresh: World) -> None:
    permissions = fresh.permissions
    snapshot("access/Permissions.duty_of", permissions.measure("duty_of", RELAY, sender=STRANGER))
    snapshot("access/Permissions.holds", permissions.measure("holds", RELAY, 2, sender=STRANGER))
    snapshot("access/Permissions.entry_bound", permissions.measure("entry_bound", TARGET, CAST, sender=STRANGER))
    for entry, values in (
        ("appoint", (STRANGER, 1, 1)),
        ("dismiss", (OFFICER,)),
        ("list_entry", (TARGET, CAST, 100)),
    ):
        data = permissions.abi.encode_call(entry, *values)
        gas = fresh.ballots.measure("run", QUESTION, K.ENTRENCHED, permissions.address, data, sender=STRANGER)
        snapshot(f"access/Permissions.{entry} (executed)", gas)


class PermissionsMachine(WorldMachine):
    """Whatever is voted, contract, model and storage words agree."""

    def __init__(self) -> None:
        super().__init__()
        appointments = [(holder, Appointment(mask, Gas(quota))) for holder, mask, quota in DUTIES]
        self.model = Permissions(appointments, [])

    def _both(self, kind: K, entry: str, values: list[object], model: Callable[[Effect], None]) -> None:
        try:
            model(Effect(QUESTION, kind))
        except (AuthorityError, PermissionsError):
            with pytest.raises(Reverted):
                self.world.execute(kind, self.world.permissions, entry, *values)
        else:
            self.world.execute(kind, self.world.permissions, entry, *values)

    kinds = st.sampled_from([*K, K.ENTRENCHED, K.ENTRENCHED, K.PERMISSION])
    places = st.sampled_from([REGISTRAR, RELAY, OFFICER, STRANGER, SEALER, ZERO_ADDRESS])
    selectors = st.sampled_from([CAST, b"\0\0\0\0", b"\xff\xff\xff\xff"])

    @rule(kind=kinds, who=places, mask=st.integers(0, 33), quota=st.sampled_from([0, 1, 2**64 - 1]))
    def appoint(self, kind: K, who: Address, mask: int, quota: int) -> None:
        self._both(
            kind, "appoint", [who, mask, quota], lambda e: self.model.appoint(e, who, Appointment(mask, Gas(quota)))
        )

    @rule(kind=kinds, who=places)
    def dismiss(self, kind: K, who: Address) -> None:
        self._both(kind, "dismiss", [who], lambda e: self.model.dismiss(e, who))

    @rule(kind=kinds, who=places, selector=selectors, bound=st.sampled_from([0, 0, 1, 2**24, 2**24 + 1]))
    def list_entry(self, kind: K, who: Address, selector: bytes, bound: int) -> None:
        values = [who, selector, bound]
        self._both(kind, "list_entry", values, lambda e: self.model.list_entry(e, who, selector, Gas(bound)))

    @invariant()
    def agree(self) -> None:
        permissions = self.world.permissions
        assert _holders(self.world) == set(self.model.duties)
        assert _listed(self.world) == self.model.entries
        for who in (REGISTRAR, RELAY, OFFICER, STRANGER, SEALER):
            assert permissions.read("duty_of", who) == self.model.duty_of(who)
            assert Appointment.from_word(permissions.slot(duty_slot(who))) == self.model.duties.get(who)
        for (who, selector), bound in self.model.entries.items():
            assert permissions.slot(entry_slot(who, selector)) == bound


PermissionsMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestPermissionsBesideModel = PermissionsMachine.TestCase
