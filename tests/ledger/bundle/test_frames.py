"""Receipts of a bundle have one form: what can be read is what would be written."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.bundle.errors import BundleError
from ledger.bundle.frames import decode_receipts, encode_receipts
from ledger.chain.receipt import Log, Receipt
from ledger.chain.rlp import encode
from ledger.primitives import Address, Gas, Hash32

LOGS = st.builds(
    Log,
    st.binary(min_size=20, max_size=20).map(Address),
    st.lists(st.binary(min_size=32, max_size=32).map(Hash32), max_size=3).map(tuple),
    st.binary(max_size=70),
)
RECEIPTS = st.lists(
    st.builds(
        Receipt,
        st.integers(0, 2),
        st.booleans(),
        st.integers(0, 2**30).map(Gas),
        st.lists(LOGS, max_size=2).map(tuple),
    ),
    max_size=3,
).map(tuple)
ITEMS = st.recursive(
    st.sampled_from([b"", b"\0", b"\x01", b"\x02", b"\0\x01", b"\x05\0", bytes(20), bytes(32)]),
    lambda children: st.lists(children, max_size=4),
    max_leaves=12,
)


def is_read_as_written(data: bytes) -> bool:
    try:
        found = decode_receipts(data, "receipts")
    except BundleError:
        return False
    assert encode_receipts(found) == data
    return True


@given(RECEIPTS, st.data())
def test_decode_receipts__bytes_changed__refused_or_read_as_written(receipts, data) -> None:
    written = encode_receipts(receipts)
    assert is_read_as_written(written)
    at = data.draw(st.integers(0, len(written) - 1))
    is_read_as_written(written[:at] + bytes([data.draw(st.integers(0, 255))]) + written[at + 1 :])


@given(st.lists(st.tuples(ITEMS, ITEMS, ITEMS, st.just([])), max_size=2))
def test_decode_receipts__other_fields__refused_or_read_as_written(rows) -> None:
    is_read_as_written(encode([list(row) for row in rows]))


def test_decode_receipts__status_with_a_leading_zero__refused() -> None:
    assert is_read_as_written(encode([[b"", b"\x01", b"\x05", []]]))
    assert not is_read_as_written(encode([[b"", b"\0\x01", b"\x05", []]]))
    assert not is_read_as_written(encode([[b"", b"\x02", b"\x05", []]]))
    assert not is_read_as_written(encode([[b"\x03", b"\x01", b"\x05", []]]))
