"""RLP against the rlp library, and every byte that is not canonical refused."""

import pytest
import rlp as library
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.rlp import (
    BadRlpError,
    decode,
    decode_fixed,
    decode_int,
    decode_list,
    encode,
    encode_int,
    encode_payload,
)

ITEMS = st.recursive(st.binary(max_size=70), lambda children: st.lists(children, max_size=5), max_leaves=20)


@given(ITEMS)
def test_encode__any_item__as_the_library_and_back(item) -> None:
    encoded = encode(item)
    assert encoded == library.encode(item)
    assert decode(encoded) == item


@given(st.integers(0, 2**256))
def test_encode_int__any__as_the_library_and_back(number: int) -> None:
    assert encode_int(number) == library.encode(number)
    assert decode_int(decode(encode_int(number)), "number", 2**257) == number


@given(st.binary(max_size=80))
def test_decode__any_bytes__is_canonical_or_refused(data: bytes) -> None:
    try:
        item = decode(data)
    except BadRlpError:
        return
    assert encode(item) == data


BAD = {
    "nothing": "",
    "left over": "8080",
    "cut string": "8361",
    "cut list": "c261",
    "single byte with prefix": "8105",
    "long form of a short string": "b801" + "80",
    "length with a leading zero": "b90038" + "61" * 56,
    "cut length": "b9",
    "long form of a short list": "f80180",
    "item over the end of its list": "c18261",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_decode__not_canonical__is_refused(data: str) -> None:
    with pytest.raises(BadRlpError):
        decode(bytes.fromhex(data))


def test_decode__deep_nesting__is_refused_without_a_recursion_error() -> None:
    data = b"\xc0"
    for _ in range(5_000):
        data = encode_payload(data)
    with pytest.raises(BadRlpError, match="nested"):
        decode(data)


def test_fields__wrong_kind__name_the_field() -> None:
    with pytest.raises(BadRlpError, match="nonce"):
        decode_int([], "nonce")
    with pytest.raises(BadRlpError, match="leading zero"):
        decode_int(b"\0\1", "nonce")
    with pytest.raises(BadRlpError, match="less than 256"):
        decode_int(b"\1\0", "nonce", 256)
    with pytest.raises(BadRlpError, match="expected 20 or 32"):
        decode_fixed(b"\0" * 19, "to", 20, 32)
    with pytest.raises(BadRlpError, match="list has 1 items, expected 2"):
        decode_list(b"\xc1\x80", 2)
    with pytest.raises(BadRlpError, match="expected a list"):
        decode_list(b"\x80")
