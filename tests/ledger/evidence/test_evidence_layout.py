"""The cut into blocks gives Kubo's CIDs."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.evidence import layout
from ledger.evidence.cid import Codec, cid_of
from ledger.evidence.dagpb import decode_node
from ledger.evidence.errors import BadPathError, EvidenceTooLargeError
from ledger.evidence.layout import MAX_DIRECTORY_WEIGHT, pack_directory, split_file
from ledger.evidence.reader import read_directory, read_file
from tests.ledger.evidence.golden import CHUNK, DIRECTORIES, FILES, NESTED, content


@pytest.mark.parametrize(("size", "cid"), FILES.items())
def test_split_file__size__has_the_cid_of_kubo(size, cid):
    assert str(split_file(content(size)).root) == cid


@pytest.mark.parametrize(("files", "cid"), DIRECTORIES)
def test_pack_directory__files__has_the_cid_of_kubo(files, cid):
    assert str(pack_directory(files).root) == cid


def test_pack_directory__order_of_the_files__does_not_matter():
    assert pack_directory(dict(reversed(NESTED.items()))).root == pack_directory(NESTED).root


def test_split_file__many_chunks__blocks_come_children_first_and_each_once():
    dag = split_file(bytes(3 * CHUNK) + b"end")
    seen = set()
    for cid, block in dag.blocks:
        assert cid == cid_of(cid.codec, block)
        assert cid not in seen
        if cid.codec is Codec.DAG_PB:
            assert {link.cid for link in decode_node(block).links} <= seen
        seen.add(cid)
    assert dag.blocks[-1][0] == dag.root
    assert len(dag.blocks) == 3  # the chunk of zeros, the rest, the root


def test_split_file__equal_chunks__size_counts_each_of_them():
    dag = split_file(bytes(3 * CHUNK))
    assert dag.size == 3 * CHUNK + len(dag.blocks[-1][1])


def test_split_file__over_the_limit__is_refused(monkeypatch):
    monkeypatch.setattr(layout, "MAX_FILE_SIZE", 10)
    assert split_file(bytes(10)).size == 10
    with pytest.raises(EvidenceTooLargeError, match="file size: found 11, expected at most 10"):
        split_file(bytes(11))


def directory_of_weight(weight: int) -> dict[str, bytes]:
    """Files whose names and CIDs add up to this many bytes."""
    files = {f"{number:0220d}": b"" for number in range(weight // 256)}
    return files | ({"x" * (weight % 256 - 36): b""} if weight % 256 else {})


def test_pack_directory__exactly_the_weight_that_kubo_keeps_whole__is_packed():
    files = directory_of_weight(MAX_DIRECTORY_WEIGHT)
    assert sum(len(name) + 36 for name in files) == MAX_DIRECTORY_WEIGHT
    dag = pack_directory(files)
    assert len(decode_node(dag.blocks[-1][1]).links) == 1024


def test_pack_directory__a_weight_that_kubo_would_shard__is_refused():
    with pytest.raises(EvidenceTooLargeError, match=r"names and CIDs in directory sub/: found 262188"):
        pack_directory({f"sub/{name}": data for name, data in directory_of_weight(MAX_DIRECTORY_WEIGHT + 44).items()})


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", ".", "a/../b", "./a", "a\0b", "x" * 256, "é" * 128, "\ud800"])
def test_pack_directory__a_name_that_cannot_stand__is_refused(path):
    with pytest.raises(BadPathError, match="path"):
        pack_directory({path: b""})


@pytest.mark.parametrize("paths", [["a", "a/b"], ["a/b", "a"], ["x/a", "x/a/b/c"]])
def test_pack_directory__a_file_that_is_a_directory_too__is_refused(paths):
    with pytest.raises(BadPathError, match="too"):
        pack_directory(dict.fromkeys(paths, b""))


def test_pack_directory__deeper_than_the_limit__is_refused():
    assert pack_directory({"d/" * 31 + "f": b""})
    with pytest.raises(EvidenceTooLargeError, match="depth"):
        pack_directory({"d/" * 32 + "f": b""})


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400), chunk=st.integers(1, 9), links=st.integers(2, 5))
def test_split_file__any_cut__reads_back(data, chunk, links):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "CHUNK_SIZE", chunk)
        patch.setattr(layout, "MAX_LINKS", links)
        patch.setattr("ledger.evidence.reader.MAX_LEVELS", 10)
        dag = split_file(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.evidence.reader.MAX_LEVELS", 10)
        assert read_file(dag.root, dict(dag.blocks).__getitem__) == data


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda name: name not in (".", "..")
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.lists(names, min_size=1, max_size=3).map("/".join), st.binary(max_size=5), max_size=8))
def test_pack_directory__any_names__read_back(files):
    assume(not any(other.startswith(f"{path}/") for path in files for other in files))
    dag = pack_directory(files)
    assert read_directory(dag.root, dict(dag.blocks).__getitem__) == files
