"""Reading blocks that a stranger made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiformats import varint

from ledger.errors import LedgerError
from ledger.evidence import reader
from ledger.evidence.cid import Cid, Codec, cid_of, encode_cid_bytes
from ledger.evidence.dagpb import Link, Node, decode_node, encode_node
from ledger.evidence.errors import (
    BadPathError,
    EvidenceDamagedError,
    EvidenceNotFoundError,
    EvidenceTooLargeError,
    MalformedBlockError,
)
from ledger.evidence.layout import pack_directory, split_file
from ledger.evidence.protobuf import encode_bytes, encode_number
from ledger.evidence.reader import list_directory, read_directory, read_file, stream_file
from ledger.evidence.unixfs import DIRECTORY_DATA, decode_data, encode_file_data
from tests.ledger.evidence.golden import CHUNK, NESTED, content


class Blocks(dict[Cid, bytes]):
    """A store in memory that a test can fill with anything."""

    def put(self, codec: Codec, block: bytes) -> Cid:
        cid = cid_of(codec, block)
        self[cid] = block
        return cid

    def put_file(self, children: list[tuple[Cid, int]], data: bytes | None = None) -> Cid:
        sizes = tuple(size for _, size in children)
        links = tuple(Link("", cid, size) for cid, size in children)
        return self.put(Codec.DAG_PB, encode_node(Node(links, encode_file_data(sizes) if data is None else data)))

    def put_directory(self, *children: tuple[str, Cid]) -> Cid:
        links = tuple(Link(name, cid, 1) for name, cid in children)
        return self.put(Codec.DAG_PB, encode_node(Node(links, DIRECTORY_DATA)))

    def get_block(self, cid: Cid) -> bytes:
        if cid not in self:
            raise EvidenceNotFoundError(str(cid), "the test")
        return self[cid]


@pytest.fixture
def blocks() -> Blocks:
    return Blocks()


@pytest.fixture
def leaf(blocks) -> Cid:
    return blocks.put(Codec.RAW, b"x")


def test_stream_file__several_chunks__come_in_order(blocks):
    data = content(2 * CHUNK + 5)
    dag = split_file(data)
    blocks.update(dag.blocks)
    parts = [part for part in stream_file(dag.root, blocks.get_block) if part]
    assert [len(part) for part in parts] == [CHUNK, CHUNK, 5]
    assert b"".join(parts) == data


def test_read_file__every_block_changed_in_turn__is_damaged(blocks):
    dag = split_file(content(CHUNK + 5))
    for cid, block in dag.blocks:
        changed = Blocks(dag.blocks) | {cid: block[:-1] + bytes([block[-1] ^ 1])}
        with pytest.raises(EvidenceDamagedError) as caught:
            read_file(dag.root, changed.__getitem__)
        assert caught.value.facts["cid"] == str(cid)


def test_read_file__block_cut_short__is_damaged(blocks, leaf):
    blocks[leaf] = b""
    with pytest.raises(EvidenceDamagedError, match=f"evidence {leaf} is damaged: its 0 bytes"):
        read_file(leaf, blocks.get_block)


def test_read_file__every_block_missing_in_turn__is_not_found():
    dag = split_file(content(CHUNK + 5))
    for cid, _ in dag.blocks:
        rest = Blocks(dag.blocks)
        del rest[cid]
        with pytest.raises(EvidenceNotFoundError, match=str(cid)):
            read_file(dag.root, rest.get_block)


def test_read__file_for_directory_and_directory_for_file__is_refused(blocks, leaf):
    directory = blocks.put_directory()
    with pytest.raises(MalformedBlockError, match="found a directory, expected a file"):
        read_file(directory, blocks.get_block)
    for read in (read_directory, list_directory):
        with pytest.raises(MalformedBlockError, match="found a file, expected a directory"):
            read(leaf, blocks.get_block)


def test_read_file__child_of_another_size_than_declared__is_refused(blocks, leaf):
    root = blocks.put_file([(leaf, 1), (leaf, 2)])
    with pytest.raises(MalformedBlockError, match=f"child {leaf}: found 1 bytes, expected 2 bytes"):
        read_file(root, blocks.get_block)


def test_read_file__child_that_is_a_directory__is_refused(blocks):
    root = blocks.put_file([(blocks.put_directory(), 4)])
    with pytest.raises(MalformedBlockError, match="found a directory, expected 4 bytes"):
        read_file(root, blocks.get_block)


def test_read_file__fewer_sizes_than_links__is_refused(blocks, leaf):
    root = blocks.put_file([(leaf, 1), (leaf, 1)], data=encode_file_data((1,)))
    with pytest.raises(MalformedBlockError, match="found 1 sizes, expected 2"):
        read_file(root, blocks.get_block)


def test_read_file__few_blocks_that_unfold_to_a_large_file__is_refused_before_reading_them(blocks):
    piece, size = blocks.put(Codec.RAW, bytes(1000)), 1000
    for _ in range(3):
        piece, size = blocks.put_file([(piece, size)] * 1000), size * 1000
    asked = []

    def get_block(cid: Cid) -> bytes:
        asked.append(cid)
        return blocks[cid]

    with pytest.raises(EvidenceTooLargeError, match="found 1000000000000"):
        read_file(piece, get_block)
    assert asked == [piece]


def test_read_file__very_many_tiny_blocks__are_refused(blocks, leaf, monkeypatch):
    monkeypatch.setattr(reader, "MAX_BLOCKS", 100)
    assert read_file(blocks.put_file([(leaf, 1)] * 99), blocks.get_block) == b"x" * 99
    with pytest.raises(EvidenceTooLargeError, match="number of blocks: found 101"):
        read_file(blocks.put_file([(leaf, 1)] * 100), blocks.get_block)


def test_read_file__chain_of_nodes_over_the_levels__is_refused(blocks, leaf):
    chain = leaf
    for _ in range(reader.MAX_LEVELS - 1):
        chain = blocks.put_file([(chain, 1)])
    assert read_file(chain, blocks.get_block) == b"x"
    with pytest.raises(EvidenceTooLargeError, match="levels"):
        read_file(blocks.put_file([(chain, 1)]), blocks.get_block)


def test_read_file__block_over_the_size_of_blocks__is_refused(blocks):
    whole = blocks.put(Codec.RAW, bytes(reader.MAX_BLOCK_SIZE))
    assert len(read_file(whole, blocks.get_block)) == reader.MAX_BLOCK_SIZE
    over = blocks.put(Codec.RAW, bytes(reader.MAX_BLOCK_SIZE + 1))
    with pytest.raises(EvidenceTooLargeError, match="size of block"):
        read_file(over, blocks.get_block)


def test_read_directory__files_under_the_limit_that_exceed_it_together__are_refused():
    dag = pack_directory({"a": bytes(6), "b": bytes(6)})
    assert len(read_directory(dag.root, dict(dag.blocks).__getitem__, max_size=12)) == 2
    with pytest.raises(EvidenceTooLargeError, match="found 12, expected at most 11"):
        read_directory(dag.root, dict(dag.blocks).__getitem__, max_size=11)


def test_read_directory__directories_too_deep__are_refused(blocks, leaf):
    directory = blocks.put_directory(("f", leaf))
    for _ in range(31):
        directory = blocks.put_directory(("d", directory))
    assert read_directory(directory, blocks.get_block) == {"d/" * 31 + "f": b"x"}
    with pytest.raises(EvidenceTooLargeError, match="depth"):
        read_directory(blocks.put_directory(("d", directory)), blocks.get_block)


def test_read_directory__wide_and_deep_by_repetition__stops_at_the_number_of_blocks(blocks, leaf, monkeypatch):
    monkeypatch.setattr(reader, "MAX_BLOCKS", 1000)
    directory = leaf
    for _ in range(20):
        directory = blocks.put_directory(("a", directory), ("b", directory))
    with pytest.raises(EvidenceTooLargeError, match="number of blocks"):
        read_directory(directory, blocks.get_block)


def test_list_directory__entries__name_cid_and_size():
    dag = pack_directory(NESTED)
    entries = list_directory(dag.root, dict(dag.blocks).__getitem__)
    assert [entry.name for entry in entries] == [".hidden", "Z", "a", "a.b", "e\u0301", "\u00e9", "ünïcode"]
    assert entries[1] == Link("Z", split_file(b"").root, 0)


@pytest.mark.parametrize("name", ["..", "", "a/b", "a\0"])
def test_read_directory__name_that_leads_out_of_the_directory__is_refused(blocks, leaf, name):
    with pytest.raises(BadPathError):
        read_directory(blocks.put_directory((name, leaf)), blocks.get_block)


@pytest.mark.parametrize("names", [("b", "a"), ("a", "a")])
def test_read_directory__names_out_of_order_or_twice__are_refused(blocks, leaf, names):
    with pytest.raises(MalformedBlockError, match="ascending"):
        read_directory(blocks.put_directory(*((name, leaf) for name in names)), blocks.get_block)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "type: found None"),
        (encode_number(1, 4), "type: found 4"),
        (encode_number(1, 5), "type: found 5"),
        (encode_number(1, 2) + encode_number(3, 7), "filesize: found 7, expected 0"),
        (encode_number(1, 2) + encode_number(4, 7), "filesize: found None, expected 7"),
        (encode_number(1, 2) + encode_number(3, 0) + encode_number(4, 0), "blocksizes: found 0"),
        (encode_bytes(1, b"x"), "type: found bytes"),
        (encode_number(1, 2) + encode_number(2, 0), "data: found a number"),
        (b"\x08", "at least 1 byte"),
        (b"\x08\x82\x00", "not minimally encoded"),
        (b"\x08" + b"\xff" * 12, "at most 9 bytes"),
        (b"\x0d\0\0\0\0", "wire type 5"),
        (b"\x12\x05abc", "found 3 bytes, expected 5 bytes"),
    ],
)
def test_decode_data__malformed_message__names_the_field(message, reason):
    with pytest.raises(MalformedBlockError, match=reason):
        decode_data(message)


LINK = encode_bytes(1, encode_cid_bytes(cid_of(Codec.RAW, b""))) + encode_bytes(2, b"n") + encode_number(3, 0)
CID_V0 = b"\x12\x20" + bytes(32)


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (b"", "data: found nothing"),
        (encode_bytes(2, LINK), "data: found nothing"),
        (encode_bytes(1, b"") + encode_bytes(2, LINK), "after the data"),
        (encode_bytes(1, b"") + encode_bytes(1, b""), "after the data"),
        (encode_bytes(3, b""), "found field 3"),
        (encode_number(2, 1), "link: found a number"),
        (encode_bytes(2, encode_bytes(1, CID_V0) + LINK[38:]) + encode_bytes(1, b""), "link CID: found 34 bytes"),
        (encode_bytes(2, LINK[:38] + encode_bytes(2, b"\xff") + encode_number(3, 0)), "link name: .*UTF-8"),
        (encode_bytes(2, LINK[38:]), r"link: found fields \[2, 3\]"),
        (encode_bytes(2, LINK) + varint.encode(10), "at least 1 byte"),
    ],
)
def test_decode_node__malformed_block__names_the_field(block, reason):
    with pytest.raises(MalformedBlockError, match=reason):
        decode_node(block)


@given(st.binary(max_size=200))
def test_read__garbage_under_its_right_cid__raises_only_our_errors(garbage):
    blocks = Blocks()
    cid = blocks.put(Codec.DAG_PB, garbage)
    for read in (read_file, read_directory):
        with pytest.raises(LedgerError):
            read(cid, blocks.get_block)
