"""Damaged copies of real files: each is read, or refused as a file format error, and nothing else happens."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import FileFormatError
from ledger.interchange.pabulib import parse_pabulib
from tests.paths import pabulib_dir


@cache
def originals() -> list[bytes]:
    """All real files but the large one, which would only be slower."""
    return [path.read_bytes() for path in sorted(pabulib_dir().glob("*.pb")) if path.stat().st_size < 100_000]


def assert_read_or_refused(data: bytes) -> None:
    try:
        file = parse_pabulib(data, "damaged.pb")
    except FileFormatError as error:
        line = error.facts["line"]
        assert line is None or 1 <= line <= data.count(b"\n") + 1
        return
    assert len(file.projects) == file.meta.num_projects
    assert len({vote.voter for vote in file.votes}) == file.meta.num_votes
    assert all(0 <= option < len(file.projects) for vote in file.votes for option in vote.options)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_bytes__changed__are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(originals())))
    for _ in range(data.draw(st.integers(1, 3))):
        # Half of the changes fall into the first kilobyte, where META and PROJECTS stand.
        limit = data.draw(st.sampled_from([1000, len(content)]))
        content[data.draw(st.integers(0, limit - 1))] = data.draw(st.integers(0, 255) | st.sampled_from(b';,"\n\r-.0'))
    assert_read_or_refused(bytes(content))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_file__cut_or_with_a_part_missing__is_read_or_refused(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(originals()))
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.just(len(content)) | st.integers(start, len(content)))
    assert_read_or_refused(content[:start] + content[end:])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_lines__dropped_doubled_or_swapped__are_read_or_refused(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(originals())).split(b"\n")
    for _ in range(data.draw(st.integers(1, 3))):
        here, there = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        action = data.draw(st.sampled_from(["drop", "double", "swap"]))
        if action == "swap":
            lines[here], lines[there] = lines[there], lines[here]
        else:
            lines[here : here + 1] = [] if action == "drop" else [lines[here]] * 2
        if not lines:
            break
    assert_read_or_refused(b"\n".join(lines))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_vote__dropped_or_doubled__is_always_refused(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(originals())).split(b"\r\n")
    index = data.draw(st.integers(lines.index(b"VOTES") + 2, len(lines) - 2))
    lines[index : index + 1] = data.draw(st.sampled_from([[], [lines[index]] * 2]))
    with pytest.raises(FileFormatError) as caught:
        parse_pabulib(b"\r\n".join(lines), "damaged.pb")
    assert caught.value.facts["field"] in ("num_votes", "voter_id")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_bytes__at_random__are_read_or_refused(content: bytes) -> None:
    assert_read_or_refused(content)
