"""Versions, stated without a chain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.access.authority import AuthorityError, Effect
from ledger.access.directory import Directory, DirectoryError, Version
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp
from ledger.proofs.slots import version_slot
from ledger.system import SystemContract
from ledger.voting.question import EffectKind

NOW = Timestamp(1_800_000_000)
NEW = Address(bytes([9]) * 20)
BALLOT = Effect(1, EffectKind.ENTRENCHED)
UINT64 = st.integers(0, 2**64 - 1)


def _founded() -> Directory:
    return Directory([(c.contract_name, c.value, c.address) for c in SystemContract], NOW)


@given(number=st.integers(1, 255), version=st.integers(1, 2**64 - 1), since=UINT64, until=UINT64)
def test_version__any_word__comes_back(number: int, version: int, since: int, until: int) -> None:
    stated = Version(number, version, Timestamp(since), Timestamp(until))
    assert Version.from_word(stated.word) == stated
    assert 0 < stated.word < 2**256


def test_version_slot__ballots__as_the_formats_say() -> None:
    assert Version.from_word(0) is None
    assert version_slot(SystemContract.BALLOTS.address) == 2**64 + 0x6F72746171000000000000000000000000000011


def test_install__new_ballots__both_versions_are_authority_for_the_grace() -> None:
    directory, old = _founded(), SystemContract.BALLOTS.address
    directory.install(BALLOT, "Ballots", NEW, 10, NOW, has_code=True)
    assert directory.resolve("Ballots") == NEW
    assert directory.versions[NEW].version == 2
    for seconds, expected in ((0, True), (9, True), (10, False)):
        assert directory.is_authority(old, Timestamp(NOW + seconds)) is expected
        assert directory.is_authority(NEW, Timestamp(NOW + seconds)) is True


@pytest.mark.parametrize("effect", [None, *(Effect(1, k) for k in EffectKind if k != EffectKind.ENTRENCHED)])
def test_changes__other_authority__are_refused(effect: Effect | None) -> None:
    with pytest.raises(AuthorityError):
        _founded().install(effect, "Ballots", NEW, 10, NOW, has_code=True)
    with pytest.raises(AuthorityError):
        _founded().introduce(effect, "Dividends", 40, NEW, NOW, has_code=True)


@pytest.mark.parametrize(
    ("name", "account", "has_code", "grace"),
    [
        ("Roll", NEW, True, 0),
        ("Nothing", NEW, True, 0),
        ("Treasury", NEW, False, 0),
        ("Treasury", SystemContract.ROLL.address, True, 0),
        ("Treasury", ZERO_ADDRESS, True, 0),
        ("Treasury", NEW, True, 2**64 - 1),
    ],
)
def test_install__record_contract_or_bad_address__is_refused(
    name: str, account: Address, has_code: bool, grace: int
) -> None:
    directory = _founded()
    with pytest.raises(DirectoryError):
        directory.install(BALLOT, name, account, grace, NOW, has_code)
    assert directory.versions == _founded().versions


@pytest.mark.parametrize(("name", "number"), [("Ballots", 40), ("Dividends", 17), ("Dividends", 16), ("", 40)])
def test_introduce__name_or_number_not_free__is_refused(name: str, number: int) -> None:
    with pytest.raises(DirectoryError):
        _founded().introduce(BALLOT, name, number, NEW, NOW, has_code=True)


def test_directory__without_ballots__is_refused() -> None:
    with pytest.raises(DirectoryError, match="no Ballots"):
        Directory([("Roll", 5, SystemContract.ROLL.address)], NOW)
