"""Validator sets: their limits, their order, and the addresses that a ledger knows."""

from hashlib import sha256

import pytest

from ledger.proofs.comet.validators import Validator, ValidatorSet
from ledger.proofs.comet.wire import CommitError
from tests.ledger.proofs.comet.real import CASES, Case
from tests.ledger.proofs.comet.synthetic import make_signers


def validators(powers: list[int]) -> tuple[Validator, ...]:
    return tuple(signer.validator for signer in make_signers(powers))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hash__of_a_real_set__is_that_of_its_header(case: Case) -> None:
    header = case.row["commit"]["signed_header"]["header"]
    assert case.signed.validators.hash == bytes.fromhex(header["validators_hash"])
    assert [address.hex() for address, _ in case.signed.validators.members] == [
        row["address"].lower() for row in case.row["validators"]
    ]


def test_address__is_the_first_bytes_of_the_keys_hash() -> None:
    (validator,) = validators([1])
    assert validator.address == sha256(validator.key).digest()[:20]


@pytest.mark.parametrize(
    ("powers", "total"), [([1], 1), ([1] * 200, 200), ([2**60 - 1], 2**60 - 1), ([2**59, 1], 2**59 + 1)]
)
def test_set__within_its_limits__has_a_total(powers: list[int], total: int) -> None:
    assert ValidatorSet(validators(powers)).total_power == total


@pytest.mark.parametrize(
    ("powers", "match"), [([], "validators: 0"), ([1] * 201, "validators: 201"), ([2**59, 2**59], "total power")]
)
def test_set__beyond_its_limits__is_refused(powers: list[int], match: str) -> None:
    with pytest.raises(CommitError, match=match):
        ValidatorSet(validators(powers))


@pytest.mark.parametrize("power", [0, -1, 2**60, 2**63])
def test_validator__without_power_or_with_too_much__is_refused(power: int) -> None:
    with pytest.raises(CommitError, match="power"):
        Validator(bytes(32), power)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_validator__key_of_another_length__is_refused(length: int) -> None:
    with pytest.raises(CommitError, match="key"):
        Validator(bytes(length), 1)


def test_set__in_another_order__is_refused() -> None:
    good = validators([3, 2, 2, 1])
    for other in ((good[1], good[0], *good[2:]), (good[0], good[2], good[1], good[3]), good[::-1]):
        with pytest.raises(CommitError, match="order"):
            ValidatorSet(other)


def test_set__one_key_twice__is_refused_whatever_the_powers() -> None:
    (validator,) = validators([5])
    for power in (5, 4):
        with pytest.raises(CommitError, match="twice"):
            ValidatorSet((validator, Validator(validator.key, power)))
