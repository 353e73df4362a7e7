"""Words read in one go give what eth_abi gives, and what eth_abi refuses they leave to it."""

import pytest
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.abi_words import read_words, word_reader

KINDS = ["address", "bool", "uint8", "uint40", "uint256", "int8", "int128", "int256", "bytes1", "bytes4", "bytes32"]
WORDS = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**40).map(lambda value: value.to_bytes(32, "big")),
    st.integers(-(2**128), -1).map(lambda value: value.to_bytes(32, "big", signed=True)),
    st.binary(max_size=32).map(lambda data: data.ljust(32, b"\0")),
    st.binary(max_size=20).map(lambda data: data.rjust(32, b"\0")),
)


@pytest.mark.parametrize("kind", KINDS)
@given(WORDS)
@example(bytes(32))
@example(b"\xff" * 32)
@example((127).to_bytes(32, "big"))
@example((128).to_bytes(32, "big"))
@example((-128).to_bytes(32, "big", signed=True))
def test_word_reader__any_word__as_eth_abi(kind: str, word: bytes) -> None:
    reader = word_reader(kind)
    assert reader is not None
    try:
        (expected,) = decode([kind], word)
    except DecodingError:
        expected = None
    if kind == "address" and expected is not None:
        expected = bytes.fromhex(expected[2:])
    assert reader(word) == expected


@pytest.mark.parametrize("kind", ["string", "bytes", "uint256[]", "uint8[2]", "(uint256)"])
def test_word_reader__type_of_more_than_a_word__none(kind: str) -> None:
    assert word_reader(kind) is None


def test_read_words__too_few_bytes__left_to_eth_abi() -> None:
    reader = word_reader("uint256")
    assert reader is not None
    assert read_words([reader, reader], bytes(63)) is None
    assert read_words([reader, reader], bytes(63) + b"\x07extra") == [0, 7]
