"""Seals: what a stranger accepts, and what not."""

import pytest
from coincurve import PrivateKey

from ledger.primitives import Hash32, Height
from ledger.proofs.seal import (
    Seal,
    SealError,
    SealKind,
    decode_seal,
    make_seal,
    seal_digest,
    sealer_set,
    validate_seal,
    validate_solo_seal,
)
from ledger.secp256k1 import address_of

KEY, OTHER = PrivateKey(b"\x01" * 32), PrivateKey(b"\x02" * 32)
CHAIN, HASH = 77, Hash32(b"\x07" * 32)
SEALERS = sealer_set(SealKind.SOLO, [(address_of(KEY), 1)])


def test_solo_seal__of_the_sealer__holds() -> None:
    validate_solo_seal(make_seal(SealKind.SOLO, CHAIN, Height(3), HASH, KEY), CHAIN, HASH, SEALERS)


@pytest.mark.parametrize(
    "seal",
    [
        make_seal(SealKind.SOLO, CHAIN + 1, Height(3), HASH, KEY),
        make_seal(SealKind.SOLO, CHAIN, Height(3), HASH, OTHER),
        make_seal(SealKind.WITNESS, CHAIN, Height(3), HASH, KEY),
        make_seal(SealKind.SOLO, CHAIN, Height(3), Hash32(b"\x08" * 32), KEY),
        Seal(SealKind.SOLO, Height(4), HASH, make_seal(SealKind.SOLO, CHAIN, Height(3), HASH, KEY).body),
        Seal(SealKind.SOLO, Height(3), HASH, make_seal(SealKind.WITNESS, CHAIN, Height(3), HASH, KEY).body),
    ],
    ids=["chain", "key", "kind", "block", "height", "witness-as-solo"],
)
def test_solo_seal__altered__is_refused(seal: Seal) -> None:
    with pytest.raises(SealError):
        validate_solo_seal(seal, CHAIN, HASH, SEALERS)


def test_seal__by_its_kind__holds_for_its_own_height_alone() -> None:
    seal = make_seal(SealKind.SOLO, CHAIN, Height(3), HASH, KEY)
    validate_seal(seal, CHAIN, Height(3), HASH, SEALERS)
    with pytest.raises(SealError, match="of height 3, expected 4"):
        validate_seal(seal, CHAIN, Height(4), HASH, SEALERS)
    with pytest.raises(SealError, match="signed by"):
        validate_seal(seal, CHAIN + 1, Height(3), HASH, SEALERS)
    with pytest.raises(SealError, match="kind"):
        validate_seal(seal, CHAIN, Height(3), HASH, sealer_set(SealKind.COMMIT, SEALERS.members))


def test_seal__encoded__reads_back() -> None:
    seal = make_seal(SealKind.WITNESS, CHAIN, Height(2**40), HASH, KEY)
    assert decode_seal(seal.encode()) == seal


@pytest.mark.parametrize("data", [b"", bytes(40), b"\x09" + bytes(105), b"\x01" + bytes(104), b"\x01" + bytes(106)])
def test_seal__not_one__is_refused(data: bytes) -> None:
    with pytest.raises(SealError, match="seal"):
        decode_seal(data)


def test_seal_digest__of_a_commit__has_none() -> None:
    with pytest.raises(SealError, match="COMMIT"):
        seal_digest(SealKind.COMMIT, CHAIN, 1, HASH)


def test_sealers__in_any_order__have_one_hash() -> None:
    rows = [(address_of(KEY), 3), (address_of(OTHER), 4)]
    assert sealer_set(SealKind.COMMIT, rows).hash == sealer_set(SealKind.COMMIT, rows[::-1]).hash
    assert sealer_set(SealKind.COMMIT, rows).hash != sealer_set(SealKind.SOLO, rows).hash
