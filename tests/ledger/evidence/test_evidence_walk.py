"""Walking all blocks under a CID."""

import pytest

from ledger.evidence import walk
from ledger.evidence.cid import Codec, cid_of
from ledger.evidence.dagpb import Link, Node, encode_node
from ledger.evidence.errors import EvidenceDamagedError, EvidenceTooLargeError
from ledger.evidence.layout import pack_directory, split_file
from ledger.evidence.unixfs import DIRECTORY_DATA
from ledger.evidence.walk import walk_blocks
from tests.ledger.evidence.golden import CHUNK, NESTED, content

TWICE = {"a": content(CHUNK + 1), "b/c": content(CHUNK + 1), "b/d": b""}


@pytest.mark.parametrize("files", [{}, NESTED, TWICE])
def test_walk_blocks__directory__gives_exactly_the_blocks_of_the_cut(files):
    dag = pack_directory(files)
    found = list(walk_blocks(dag.root, dict(dag.blocks).__getitem__))
    assert len(found) == len(dag.blocks)
    assert dict(found) == dict(dag.blocks)
    assert found[-1][0] == dag.root


def test_walk_blocks__changed_block__is_damaged():
    dag = split_file(content(CHUNK + 1))
    blocks = dict(dag.blocks) | {dag.blocks[0][0]: b"other"}
    with pytest.raises(EvidenceDamagedError, match=str(dag.blocks[0][0])):
        list(walk_blocks(dag.root, blocks.__getitem__))


def test_walk_blocks__more_blocks_than_the_limit__is_refused(monkeypatch):
    dag = pack_directory({str(number): bytes([number]) for number in range(9)})
    monkeypatch.setattr(walk, "MAX_BLOCKS", 10)
    assert len(list(walk_blocks(dag.root, dict(dag.blocks).__getitem__))) == 10
    monkeypatch.setattr(walk, "MAX_BLOCKS", 9)
    with pytest.raises(EvidenceTooLargeError, match="number of blocks"):
        list(walk_blocks(dag.root, dict(dag.blocks).__getitem__))


def test_walk_blocks__chain_without_end__is_refused():
    blocks = {}
    cid = cid_of(Codec.RAW, b"")
    blocks[cid] = b""
    for _ in range(40):
        block = encode_node(Node((Link("d", cid, 0),), DIRECTORY_DATA))
        cid = cid_of(Codec.DAG_PB, block)
        blocks[cid] = block
    with pytest.raises(EvidenceTooLargeError, match="levels of blocks"):
        list(walk_blocks(cid, blocks.__getitem__))
