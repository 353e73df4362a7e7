"""Reading JSON of strangers: what json reads, and nothing that could overflow the stack."""

import json
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.json_text import MAX_DEPTH, DeepJsonError, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture
def high_limit() -> Iterator[None]:
    """As libraries for elliptic curves leave it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(before)


@given(JSON, st.booleans())
def test_parse__any_value__is_what_json_reads(value: object, plain: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=plain).encode()) == value


@pytest.mark.usefixtures("high_limit")
@pytest.mark.parametrize("data", [b"[" * 200_000, b'{"a":' * 200_000, b'["' + b'\\"' * 10 + b'",' + b"[" * 100_000])
def test_parse__nested_without_end__is_refused(data: bytes) -> None:
    with pytest.raises(DeepJsonError, match="64 brackets"):
        parse_json(data)


def test_parse__as_deep_as_allowed__is_read() -> None:
    depth = MAX_DEPTH
    assert parse_json(b"[" * depth + b"]" * depth) is not None
    with pytest.raises(DeepJsonError):
        parse_json(b"[" * (depth + 1) + b"]" * (depth + 1))


def test_parse__brackets_in_strings__do_not_count() -> None:
    text = '["' + "[{" * 1000 + '\\"[[[", "\\\\"]'
    assert parse_json(text.encode())[0].startswith("[{")


@pytest.mark.parametrize(
    "data", [b"", b"{", b'"', b"\xff", b"[1,]", b"nul", '"\ud800"'.encode("utf-8", "surrogatepass")]
)
def test_parse__no_json__is_a_value_error(data: bytes) -> None:
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        parse_json(data)


@pytest.mark.parametrize("data", [b'"' + b"\\" * 200_001, b'"\\"' * 70_000, b'"' * 200_001])
def test_parse__strings_without_end__take_no_long_time(data: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(json.JSONDecodeError):
        parse_json(data)
    assert time.monotonic() - began < 2
