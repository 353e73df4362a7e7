"""Consensus headers: their ranges, and that each field is under the hash."""

from dataclasses import fields, replace
from typing import Any

import pytest

from ledger.primitives import Address, Hash32
from ledger.proofs.comet.header import HASHES, CometHeader, chain_name
from ledger.proofs.comet.wire import BlockId, CommitError, Instant
from tests.ledger.proofs.comet.synthetic import PARTS, make_signers, unsigned

HEADER = unsigned(make_signers([1]), Hash32(b"\x33" * 32)).header
OTHERS: dict[str, Any] = {
    "app_version": 4,
    "chain": chain_name(1),
    "height": 13,
    "time": Instant(0, 0),
    "last_block": BlockId(Hash32(bytes(32)), PARTS),
    "proposer": Address(bytes(20)),
    **dict.fromkeys(HASHES, Hash32(bytes(32))),
}


def test_hash__each_field_altered__is_another() -> None:
    assert set(OTHERS) == {field.name for field in fields(CometHeader)}
    hashes = [replace(HEADER, **{name: value}).hash for name, value in OTHERS.items()]
    assert len({HEADER.hash, *hashes}) == 1 + len(OTHERS)


def test_hash__two_fields_swapped__is_another() -> None:
    for first, second in zip(HASHES, HASHES[1:] + HASHES[:1], strict=True):
        swapped = replace(HEADER, **{first: getattr(HEADER, second), second: getattr(HEADER, first)})
        assert swapped.hash != HEADER.hash


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("app_version", -1),
        ("app_version", 2**64),
        ("height", 0),
        ("height", 2**63),
        ("proposer", bytes(19)),
        *((name, bytes(31)) for name in HASHES),
        *((name, b"") for name in HASHES),
    ],
)
def test_header__field_out_of_range__cannot_be_made(name: str, value: Any) -> None:
    with pytest.raises(CommitError, match="expected"):
        replace(HEADER, **{name: value})


@pytest.mark.parametrize("height", [1, 2**63 - 1])
def test_header__height_within_its_range__has_a_hash(height: int) -> None:
    assert len(replace(HEADER, height=height).hash) == 32


def test_chain_name__has_the_chain_id_in_decimal() -> None:
    assert chain_name(2**48 - 1) == "ortaq-281474976710655"
