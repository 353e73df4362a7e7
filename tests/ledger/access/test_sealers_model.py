"""The model of who seals: what it takes and what it refuses, without a chain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.access.authority import AuthorityError, Effect
from ledger.access.nodes import NodeIdError, Nodes
from ledger.access.sealers import DoubleSign, Sealers, SealersError
from ledger.access.validators import (
    MAX_VALIDATORS,
    POWER_LIMIT,
    Validator,
    ValidatorError,
    Validators,
    has_third,
    is_balanced,
)
from ledger.primitives import ZERO_ADDRESS, Address
from ledger.proofs.comet.validators import Validator as CometValidator
from ledger.proofs.seal import SealKind
from ledger.proofs.succession import Recovery
from ledger.voting.question import EffectKind

PERMISSION, ENTRENCHED = Effect(1, EffectKind.PERMISSION), Effect(1, EffectKind.ENTRENCHED)
ALICE, BOB = Address(b"\x01" * 20), Address(b"\x02" * 20)
RECOVERY = Recovery(1, 60, (ALICE,))


def validator(number: int, power: int = 10, organisation: int | None = None) -> Validator:
    home = number if organisation is None else organisation
    return Validator(number.to_bytes(32, "big"), power, home.to_bytes(32, "big"))


def four() -> Validators:
    return Validators(validator(n) for n in range(1, 5))


def committing() -> Sealers:
    return Sealers(SealKind.COMMIT, ZERO_ADDRESS, four(), RECOVERY, double_sign=DoubleSign.REMOVE)


@pytest.mark.parametrize(
    ("powers", "third", "balanced"),
    [
        ([1, 1, 1], True, False),
        ([1, 1, 1, 1], False, True),
        ([2, 2, 1, 1], True, False),
        ([33, 33, 33, 1], False, True),
        ([34, 33, 33, 2], True, False),
        ([5, 3, 3, 3, 2], False, True),
        ([6, 3, 3, 3, 3], True, False),
    ],
)
def test_balance__powers_of_organisations__third_is_too_much(powers: list[int], third: bool, balanced: bool) -> None:
    validators = [validator(n, power) for n, power in enumerate(powers, 1)]
    assert (has_third(validators), is_balanced(validators)) == (third, balanced)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 6)), min_size=1, max_size=12))
def test_balance__any_set__no_organisation_could_stop_the_rest(rows: list[tuple[int, int]]) -> None:
    validators = [validator(n, power, home) for n, (power, home) in enumerate(rows, 1)]
    homes = {home for _, home in rows}
    total = sum(power for power, _ in rows)
    # What is left without one organisation must still be more than two thirds.
    can_lose_any = all(3 * sum(power for power, home in rows if home != lost) > 2 * total for lost in homes)
    assert is_balanced(validators) is (len(homes) >= 4 and can_lose_any)


def test_sealers__of_both_kinds__change_only_by_the_stated_ballots() -> None:
    sealers = committing()
    for change in (
        lambda e: sealers.set_sealer(e, SealKind.SOLO, ALICE),
        lambda e: sealers.add_validator(e, validator(9)),
        lambda e: sealers.set_validator(e, validator(1, 9)),
        lambda e: sealers.remove_validator(e, validator(1).key),
    ):
        for effect in (None, Effect(1, EffectKind.PARAMETER), Effect(1, EffectKind.BUDGET)):
            with pytest.raises(AuthorityError):
                change(effect)
    for change in (
        lambda e: sealers.set_recovery(e, None),
        lambda e: sealers.set_trust_period(e, 1),
        lambda e: sealers.set_double_sign(e, DoubleSign.NONE),
    ):
        with pytest.raises(AuthorityError):
            change(PERMISSION)
        change(ENTRENCHED)
    assert (sealers.recovery, sealers.trust_period, sealers.double_sign) == (None, 1, DoubleSign.NONE)


def test_sealers__refusals__change_nothing() -> None:
    sealers = committing()
    before = sealers.set
    for change in (
        lambda: sealers.set_sealer(PERMISSION, SealKind.SOLO, ZERO_ADDRESS),
        lambda: sealers.set_sealer(PERMISSION, SealKind.COMMIT, ALICE),
        lambda: sealers.set_sealer(PERMISSION, SealKind.WITNESS, ALICE),
        lambda: sealers.set_sealer(PERMISSION, SealKind.SUCCESSION, ALICE),
        lambda: sealers.add_validator(PERMISSION, validator(1)),
        lambda: sealers.add_validator(PERMISSION, validator(9, 20)),
        lambda: sealers.set_validator(PERMISSION, validator(1, 15)),
        lambda: sealers.set_validator(PERMISSION, validator(9)),
        lambda: sealers.remove_validator(PERMISSION, validator(9).key),
        lambda: sealers.succeed(BOB),
        lambda: sealers.punish(validator(1).key, 0),
        lambda: sealers.punish(validator(9).key, 1),
    ):
        with pytest.raises((SealersError, ValidatorError)):
            change()
    assert sealers.set == before
    assert sealers.punished == {}


def test_sealers__moved_and_back__hash_is_that_of_who_seals() -> None:
    sealers = Sealers(SealKind.SOLO, ALICE, four(), RECOVERY)
    solo = sealers.set.hash
    assert not sealers.is_capture_resistant
    sealers.set_sealer(PERMISSION, SealKind.COMMIT, ZERO_ADDRESS)
    assert sealers.is_capture_resistant
    assert [power for _, power in sealers.set.members] == [10] * 4
    sealers.set_sealer(PERMISSION, SealKind.SOLO, ALICE)
    assert sealers.set.hash == solo
    sealers.succeed(BOB)
    assert sealers.set.members == ((BOB, 1),)
    with pytest.raises(SealersError, match="in office"):
        sealers.succeed(BOB)


def test_sealers__last_validator__stays_while_validators_seal() -> None:
    sealers = Sealers(SealKind.COMMIT, ZERO_ADDRESS, Validators([validator(1)]))
    with pytest.raises(SealersError, match="the last one"):
        sealers.remove_validator(PERMISSION, validator(1).key)
    sealers.set_sealer(PERMISSION, SealKind.SOLO, ALICE)
    sealers.remove_validator(PERMISSION, validator(1).key)
    with pytest.raises(SealersError, match="no validators"):
        sealers.set_sealer(PERMISSION, SealKind.COMMIT, ZERO_ADDRESS)


@pytest.mark.parametrize(
    ("key", "power", "organisation", "endpoint"),
    [
        (bytes(32), 1, b"\x01" * 32, ""),
        (b"\x01" * 31, 1, b"\x01" * 32, ""),
        (b"\x01" * 32, 0, b"\x01" * 32, ""),
        (b"\x01" * 32, POWER_LIMIT, b"\x01" * 32, ""),
        (b"\x01" * 32, 1, bytes(32), ""),
        (b"\x01" * 32, 1, b"short", ""),
        (b"\x01" * 32, 1, b"\x01" * 32, "é" * 65),
    ],
)
def test_validator__bad_field__is_refused(key: bytes, power: int, organisation: bytes, endpoint: str) -> None:
    with pytest.raises(ValidatorError):
        Validator(key, power, organisation, endpoint)


def test_validators__too_many_too_strong_or_twice__are_refused() -> None:
    for rows in (
        [validator(n, 1, n % 5 + 1) for n in range(1, MAX_VALIDATORS + 2)],
        [validator(1, POWER_LIMIT - 1), validator(2, 1)],
        [validator(1), validator(1)],
    ):
        with pytest.raises(ValidatorError):
            Validators(rows)


def test_address__of_a_validator__is_the_one_in_commits() -> None:

    for number in range(1, 20):
        key = number.to_bytes(32, "little")
        assert Validator(key, 1, b"\x01" * 32).address == CometValidator(key, 1).address


def test_nodes__refusals__change_nothing() -> None:
    nodes = Nodes([b"\x01" * 20])
    for node in (b"\x01" * 20, bytes(20), b"\x01" * 19):
        with pytest.raises(NodeIdError):
            nodes.admit(PERMISSION, node)
    with pytest.raises(NodeIdError):
        nodes.exclude(PERMISSION, b"\x02" * 20)
    with pytest.raises(AuthorityError):
        nodes.admit(None, b"\x02" * 20)
    nodes.exclude(PERMISSION, b"\x01" * 20)
    assert nodes.ids == set()
