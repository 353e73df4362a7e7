"""Signatures by the rule of ZIP-215: the same verdicts as CometBFT's, edge by edge."""

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.proofs.comet.ed25519 import (
    UnsoundKeyError,
    is_valid_by_zip215,
    is_valid_signature,
    key_flaw,
    validate_key,
)
from tests.ledger.proofs.comet.make_edges import MESSAGE, PATH, PRIME, make_cases, small_points

VECTORS = json.loads(PATH.read_text())
CASES = [(row["name"], bytes.fromhex(row["key"]), bytes.fromhex(row["signature"])) for row in VECTORS["cases"]]
ACCEPTED = [row["accepted"] for row in VECTORS["cases"]]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def test_edges__made_anew__are_the_committed_ones() -> None:
    assert list(make_cases()) == CASES
    assert bytes.fromhex(VECTORS["message"]) == MESSAGE


@pytest.mark.parametrize("check", [is_valid_signature, is_valid_by_zip215])
def test_verdict__of_every_edge__is_that_of_cometbft(check) -> None:  # type: ignore[no-untyped-def]
    assert [check(key, MESSAGE, signature) for _, key, signature in CASES] == ACCEPTED
    assert {True, False} == set(ACCEPTED)


def test_edges__that_openssl_takes__are_fewer_and_all_of_them_hold() -> None:
    taken = [_by_openssl(key, signature) for _, key, signature in CASES]
    assert not [name for (name, *_), mine, openssl in zip(CASES, ACCEPTED, taken, strict=True) if openssl and not mine]
    # What makes the exact rule necessary: validators may agree on what OpenSSL would refuse.
    assert sum(taken) < sum(ACCEPTED)


@pytest.mark.parametrize("check", [is_valid_signature, is_valid_by_zip215])
def test_signature__honest__holds_for_its_message_and_key_alone(check) -> None:  # type: ignore[no-untyped-def]
    signature = KEY.sign(b"vote")
    assert check(PUBLIC, b"vote", signature)
    assert not check(PUBLIC, b"note", signature)
    assert not check(Ed25519PrivateKey.generate().public_key().public_bytes_raw(), b"vote", signature)


@pytest.mark.parametrize("place", range(64))
def test_signature__one_byte_altered__never_holds(place: int) -> None:
    signature = bytearray(KEY.sign(b"vote"))
    signature[place] ^= 1
    assert not is_valid_signature(PUBLIC, b"vote", bytes(signature))


def test_signature__of_another_length__never_holds() -> None:
    good = KEY.sign(b"vote")
    # A zero at the end leaves the number s as it is.
    for key, signature in ((PUBLIC[:31], good), (PUBLIC, good[:63]), (PUBLIC, b""), (PUBLIC, good + b"\0")):
        assert not is_valid_signature(key, b"vote", signature)


def test_key__made_by_a_program__has_no_flaw() -> None:
    keys = [PUBLIC, *(Ed25519PrivateKey.generate().public_key().public_bytes_raw() for _ in range(8))]
    assert [key_flaw(key) for key in keys] == [None] * len(keys)
    validate_key(PUBLIC, "validator")


def test_key__of_small_order_in_any_encoding__is_named_as_everybodys() -> None:
    assert {key_flaw(key) for key in small_points()} == {"is of small order: anybody can sign for it"}
    assert len(set(small_points())) == 14
    with pytest.raises(UnsoundKeyError, match=f"validator: 0x{small_points()[0].hex()} is of small order"):
        validate_key(small_points()[0], "validator")


@pytest.mark.parametrize(
    ("key", "flaw"),
    [
        (b"\2" + bytes(31), "no point"),
        ((PRIME + 3).to_bytes(32, "little"), "shortest"),
        ((PRIME + 18).to_bytes(32, "little"), "shortest"),
        (b"\3" + bytes(31), "prime order"),
        (PUBLIC[:31], "31 bytes"),
        (PUBLIC + b"\0", "33 bytes"),
    ],
)
def test_key__that_no_private_key_has__is_refused_with_its_flaw(key: bytes, flaw: str) -> None:
    with pytest.raises(UnsoundKeyError, match=flaw):
        validate_key(key, "validator")


def test_key__shifted_by_a_point_of_small_order__is_not_of_prime_order() -> None:
    mixed = {key for name, key, _ in CASES if "mixed" in name}
    assert mixed
    assert {key_flaw(key) for key in mixed} <= {"is not of prime order: no private key has it", None}
    assert "is not of prime order: no private key has it" in {key_flaw(key) for key in mixed}


def _by_openssl(key: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, MESSAGE)
    except InvalidSignature:
        return False
    return True
