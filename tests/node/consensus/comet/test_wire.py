"""Framing: messages however the stream is split, and lengths that are refused before anything is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.consensus.comet.wire import MAX_MESSAGE_BYTES, BadFrameError, FrameReader, encode_frame


@given(st.lists(st.binary(max_size=400), max_size=8), st.integers(1, 50))
def test_feed__stream_split_anywhere__gives_the_same_messages(messages: list[bytes], size: int) -> None:
    stream = b"".join(map(encode_frame, messages))
    reader = FrameReader()
    found = [m for at in range(0, len(stream), size) for m in reader.feed(stream[at : at + size])]
    assert found == messages
    assert reader.pending == 0


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 5_000_000])
def test_encode_frame__any_length__is_read_back(size: int) -> None:
    assert FrameReader().feed(encode_frame(bytes(size))) == [bytes(size)]


def test_feed__length_over_the_limit__is_refused_at_its_prefix() -> None:
    huge = b"\x80\xc2\xd7\x2f"  # 100,000,000
    with pytest.raises(BadFrameError, match=f"100000000 bytes announced, expected at most {MAX_MESSAGE_BYTES}"):
        FrameReader().feed(huge)


def test_feed__length_that_never_ends__is_refused() -> None:
    reader = FrameReader()
    assert reader.feed(b"\xff" * 9) == []
    with pytest.raises(BadFrameError, match="varint"):
        reader.feed(b"\xff")


def test_feed__message_cut_off__is_pending() -> None:
    reader = FrameReader()
    assert reader.feed(encode_frame(bytes(1000))[:-1]) == []
    assert reader.pending == 1001
