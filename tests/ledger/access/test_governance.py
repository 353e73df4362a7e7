"""Parameters, terms, duties and entries, stated without a chain."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.access.authority import AuthorityError, Effect
from ledger.access.constitution import Bounded, Constitution, EffectTerms, ParameterError, TermsError
from ledger.access.permissions import Appointment, Permissions, PermissionsError, duty_slot, entry_slot
from ledger.founding.constitution import PARAMETERS, Duty, parse_constitution
from ledger.primitives import ZERO_ADDRESS, Address, Gas
from ledger.voting.question import EffectKind
from tests.paths import REPOSITORY

TEXTS = sorted((REPOSITORY / "scripts" / "constitutions").glob("*.toml"))
ALICE, BOB = Address(b"\x01" * 20), Address(b"\x02" * 20)
ENTRENCHED = Effect(1, EffectKind.ENTRENCHED)
TERMS = {kind: EffectTerms.from_row((60, 3600, 0, 0, 1, 1, 2, True)) for kind in EffectKind}
BOUNDED = {name: Bounded(2, 1, 9, name == "roll.minimum") for name in PARAMETERS}


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "scripts" / "constitutions").glob("*.toml")), ids=lambda p: p.stem
)
def test_constitution__texts_that_ship__hold_together(path: Any) -> None:
    text = parse_constitution(path.read_bytes(), path.name)
    parameters = {n: Bounded(p.value, p.lower, p.upper, p.entrenched) for n, p in text.parameters.items()}
    rows = {}
    for kind in EffectKind:
        of = text.kind_terms(kind)
        shares = (of.quorum.numerator, of.quorum.denominator, of.majority.numerator, of.majority.denominator)
        rows[kind] = EffectTerms.from_row((of.window_min_s, of.window_max_s, of.waiting_s, *shares, of.strict))
    assert set(Constitution(parameters, rows).terms) == set(EffectKind)


@given(
    st.tuples(
        st.integers(1, 2**40 - 1),
        st.just(2**40 - 1),
        st.integers(0, 2**40 - 1),
        st.just(0),
        st.integers(1, 2**16 - 1),
        st.just(2),
        st.just(3),
        st.booleans(),
    )
)
def test_effect_terms__consistent_row__comes_back(row: Any) -> None:
    assert EffectTerms.from_row(row).row == row


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": {}},
        {"parameters": {**BOUNDED, "roll.maximum": Bounded(1, 1, 1, False)}},
        {"parameters": {**BOUNDED, "opening.signatures": Bounded(1, 0, 1, False)}},
        {"terms": {EffectKind.BUDGET: TERMS[EffectKind.BUDGET]}},
    ],
)
def test_constitution__missing_or_unknown__is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((ParameterError, TermsError)):
        Constitution(**{"parameters": BOUNDED, "terms": TERMS, **changed})


def test_set__entrenched_parameter__needs_an_entrenched_ballot() -> None:
    constitution = Constitution(BOUNDED, TERMS)
    constitution.set(Effect(1, EffectKind.PARAMETER), "opening.signatures", 5)
    constitution.set(ENTRENCHED, "roll.minimum", 5)
    assert {name: p.value for name, p in constitution.parameters.items()} == {
        "roll.minimum": 5,
        "opening.signatures": 5,
        "equal_shares.challenge": 2,
    }
    with pytest.raises(AuthorityError):
        constitution.set(Effect(1, EffectKind.PARAMETER), "roll.minimum", 5)
    with pytest.raises(AuthorityError):
        constitution.set(Effect(1, EffectKind.BUDGET), "opening.signatures", 5)
    for name, value in (("opening.signatures", 10), ("opening.signatures", 0), ("roll.maximum", 1)):
        with pytest.raises(ParameterError):
            constitution.set(ENTRENCHED, name, value)


def test_bounded__value_outside__names_the_bounds() -> None:
    with pytest.raises(ParameterError, match=r"10, expected within \[1, 9\]"):
        Bounded(10, 1, 9, entrenched=False)


def test_slots__duty_and_entry__as_the_formats_say() -> None:
    assert duty_slot(ALICE) == 2**160 + int("01" * 20, 16)
    assert entry_slot(ALICE, b"\xaa\xbb\xcc\xdd") == 2**192 + int("01" * 20 + "aabbccdd", 16)


@given(st.integers(1, 31), st.integers(1, 2**64 - 1))
def test_appointment__any_word__comes_back(mask: int, quota: int) -> None:
    appointment = Appointment(mask, Gas(quota))
    assert Appointment.from_word(appointment.word) == appointment


def test_appointment__no_duty__is_no_word() -> None:
    assert Appointment.from_word(0) is None
    for mask, quota in ((0, 1), (32, 1), (1, 0), (1, 2**64)):
        with pytest.raises(PermissionsError):
            Appointment(mask, Gas(quota))


def _permissions() -> Permissions:
    return Permissions([(ALICE, Appointment(Duty.REGISTRAR.mask, Gas(9)))], [(BOB, b"cast", Gas(5))])


def test_permissions__changed_by_ballot__answer_at_once() -> None:
    permissions = _permissions()
    permissions.appoint(Effect(1, EffectKind.PERMISSION), BOB, Appointment(Duty.RELAY.mask, Gas(7)))
    permissions.dismiss(Effect(1, EffectKind.PERMISSION), ALICE)
    permissions.list_entry(ENTRENCHED, BOB, b"cast", Gas(0))
    assert (permissions.duty_of(ALICE), permissions.duty_of(BOB)) == ((0, 0), (Duty.RELAY.mask, 7))
    assert permissions.entry_bound(BOB, b"cast") == 0


def test_permissions__refusals__change_nothing() -> None:
    permissions, ballot = _permissions(), Effect(1, EffectKind.PERMISSION)
    with pytest.raises(PermissionsError):
        permissions.dismiss(ballot, BOB)
    with pytest.raises(PermissionsError):
        permissions.appoint(ballot, ZERO_ADDRESS, Appointment(1, Gas(1)))
    with pytest.raises(AuthorityError):
        permissions.list_entry(ballot, BOB, b"cast", Gas(1))
    for selector, bound in ((b"cast", 2**24 + 1), (b"none", 0)):
        with pytest.raises(PermissionsError):
            permissions.list_entry(ENTRENCHED, BOB, selector, Gas(bound))
    assert permissions.duties == _permissions().duties
    assert permissions.entries == _permissions().entries


@pytest.mark.parametrize(
    ("appointments", "entries"),
    [
        ([(ALICE, Appointment(1, Gas(1)))] * 2, []),
        ([], [(BOB, b"cast", Gas(1))] * 2),
        ([], [(BOB, b"cast", Gas(0))]),
    ],
)
def test_permissions__founded_with_rows_twice_or_empty__is_refused(appointments: Any, entries: Any) -> None:
    with pytest.raises(PermissionsError):
        Permissions(appointments, entries)
