"""Words, byte strings and lists read in one go give what eth_abi gives, and what eth_abi refuses they leave to it."""

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.abi_words import read_values, value_readers, word_reader

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


def test_read_values__too_few_bytes__left_to_eth_abi() -> None:
    readers = value_readers(["uint256", "uint256"])
    assert readers is not None
    assert read_values(readers, bytes(63)) is None
    assert read_values(readers, bytes(63) + b"\x07extra") == [0, 7]


@pytest.mark.parametrize("kind", ["string", "uint8[2]", "(uint256)", "bytes[]", "(uint256,bytes)[]", "uint8[][]"])
def test_value_readers__type_that_is_not_read_here__none(kind: str) -> None:
    assert value_readers(["uint256", kind]) is None


ROWS = st.tuples(
    st.integers(0, 2**256 - 1),
    st.binary(max_size=100),
    st.lists(st.integers(0, 2**40 - 1), max_size=4).map(tuple),
    st.booleans(),
    st.lists(st.binary(min_size=4, max_size=4), max_size=3).map(tuple),
)
KINDS_OF_ROWS = ["uint256", "bytes", "uint40[]", "bool", "bytes4[]"]


@given(ROWS, st.data())
def test_read_values__bytes_and_lists__as_eth_abi_also_where_bytes_were_changed(
    row: tuple[object, ...], draw: st.DataObject
) -> None:
    readers = value_readers(KINDS_OF_ROWS)
    assert readers is not None
    data = encode(KINDS_OF_ROWS, row)
    assert read_values(readers, data) == list(row)
    place = draw.draw(st.integers(0, len(data) - 1))
    changed = data[:place] + draw.draw(st.binary(min_size=1, max_size=2)) + data[place + 1 :]
    changed = changed[: draw.draw(st.integers(0, len(changed)))]
    try:
        expected = list(decode(KINDS_OF_ROWS, changed))
    except (DecodingError, OverflowError):
        expected = None
    found = read_values(readers, changed)
    # What is not read here is read by eth_abi: only a value that it would not give is wrong.
    assert found is None or found == expected


@pytest.mark.parametrize("offset", [0, 31, 64, 96, 97, 2**64, 2**256 - 1])
def test_read_values__offsets_anywhere__as_eth_abi_or_left_to_it(offset: int) -> None:
    readers = value_readers(["bytes", "uint256[]"])
    assert readers is not None
    tail = (3).to_bytes(32, "big") + b"abc" + bytes(29)
    data = offset.to_bytes(32, "big") + (64).to_bytes(32, "big") + tail
    try:
        expected = list(decode(["bytes", "uint256[]"], data))
    except (DecodingError, OverflowError):
        expected = None
    assert read_values(readers, data) in (None, expected)
