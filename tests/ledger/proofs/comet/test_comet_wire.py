"""What CometBFT hashes and signs, byte for byte."""

from hashlib import sha256

import pytest

from ledger.primitives import Hash32
from ledger.proofs.comet.merkle import tree_root
from ledger.proofs.comet.wire import (
    BlockId,
    CommitError,
    Instant,
    PartSet,
    bytes_field,
    encode_varint,
    fixed_field,
    message_field,
    number_field,
)

HASH = Hash32(b"\x11" * 32)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (2**63 - 1, "ff" * 8 + "7f"), (2**64 - 1, "ff" * 9 + "01")],
)
def test_varint__is_as_short_as_possible(value: int, encoded: str) -> None:
    assert encode_varint(value).hex() == encoded


def test_fields__defaults__are_left_out_but_not_messages() -> None:
    assert number_field(1, 0) == fixed_field(2, 0) == bytes_field(3, b"") == b""
    assert message_field(5, b"") == bytes.fromhex("2a00")
    assert number_field(1, 2) == bytes.fromhex("0802")
    assert fixed_field(2, 1) == bytes.fromhex("110100000000000000")
    assert bytes_field(6, b"ab") == bytes.fromhex("32026162")


def test_messages__are_as_protobuf_has_them() -> None:
    assert Instant(1, 0).encode().hex() == "0801"
    assert Instant(0, 1).encode().hex() == "1001"
    assert Instant(0, 0).encode() == b""
    assert (
        BlockId(HASH, PartSet(300, HASH)).encode().hex() == "0a20" + "11" * 32 + "1225" + "08ac02" + "1220" + "11" * 32
    )


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Instant(-1, 0), "seconds"),
        (lambda: Instant(2**63, 0), "seconds"),
        (lambda: Instant(0, -1), "nanoseconds"),
        (lambda: Instant(0, 10**9), "nanoseconds"),
        (lambda: PartSet(0, HASH), "total"),
        (lambda: PartSet(2**32, HASH), "total"),
        (lambda: PartSet(1, Hash32(b"")), "part set hash"),
        (lambda: BlockId(Hash32(bytes(31)), PartSet(1, HASH)), "block id"),
    ],
)
def test_message__out_of_range__cannot_be_made(make, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommitError, match=name):
        make()


def _leaf(item: bytes) -> bytes:
    return sha256(b"\0" + item).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def test_tree__of_none_to_six_leaves__is_that_of_rfc_6962() -> None:
    a, b, c, d, e, f = leaves = [_leaf(item) for item in (b"a", b"b", b"c", b"d", b"e", b"f")]
    items = [b"a", b"b", b"c", b"d", b"e", b"f"]
    roots = [
        sha256(b"").digest(),
        leaves[0],
        _node(a, b),
        _node(_node(a, b), c),
        _node(_node(a, b), _node(c, d)),
        _node(_node(_node(a, b), _node(c, d)), e),
        _node(_node(_node(a, b), _node(c, d)), _node(e, f)),
    ]
    assert [tree_root(items[:count]) for count in range(7)] == roots


def test_tree__leaf_that_looks_like_a_node__is_another() -> None:
    assert tree_root([_leaf(b"a") + _leaf(b"b")]) != tree_root([b"a", b"b"])
