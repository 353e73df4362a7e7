"""How files and directories are cut into blocks: exactly as `ipfs add --cid-version=1` does it.

Source  Kubo v0.42.0: config/import.go (256 KiB chunks, 174 links, sharding above 256 KiB of links), and boxo v0.40.0:
        ipld/unixfs/importer/balanced. Kubo's `unixfs-v1-2025` profile cuts differently and is not used here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.evidence.cid import CID_LENGTH, Cid, Codec, cid_of
from ledger.evidence.dagpb import Link, Node, encode_node
from ledger.evidence.errors import EvidenceTooLargeError
from ledger.evidence.paths import Tree, build_tree
from ledger.evidence.unixfs import DIRECTORY_DATA, encode_file_data

CHUNK_SIZE = 256 * 1024
"""Bytes of each leaf but the last."""
MAX_LINKS = 174
"""Children of a file node."""
MAX_FILE_SIZE = 1 << 30
"""Bytes of one file of evidence."""
MAX_DIRECTORY_WEIGHT = 256 * 1024
"""Names and CIDs of one directory, in bytes. Above it Kubo shards the directory, which is not done here."""


@dataclass(frozen=True, slots=True)
class Dag:
    """A file or directory cut into blocks.

    Shape   `blocks`: each once, children before parents, so the root is the last; `size`: bytes of all blocks, each
            counted as often as it is linked.
    """

    root: Cid
    size: int
    blocks: tuple[tuple[Cid, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A subtree that is already cut. `content`: bytes of the file under it; `size` as in Dag."""

    cid: Cid
    content: int
    size: int


class _Cutter:
    """Collects blocks on the way up."""

    def __init__(self) -> None:
        self._blocks: dict[Cid, bytes] = {}

    def add_file(self, data: bytes) -> _Piece:
        """Cut a file, level by level: Kubo's balanced layout gives the same tree."""
        if len(data) > MAX_FILE_SIZE:
            raise EvidenceTooLargeError("file size", len(data), MAX_FILE_SIZE)
        view = memoryview(data)
        level = [self._leaf(bytes(view[start : start + CHUNK_SIZE])) for start in range(0, len(data) or 1, CHUNK_SIZE)]
        while len(level) > 1:
            level = [self._file_node(level[start : start + MAX_LINKS]) for start in range(0, len(level), MAX_LINKS)]
        return level[0]

    def add_directory(self, tree: Tree, path: str = "") -> _Piece:
        """Cut a directory and all under it; links stand in the order of their names' bytes."""
        links = []
        for name in sorted(tree, key=str.encode):
            child = tree[name]
            piece = self.add_file(child) if isinstance(child, bytes) else self.add_directory(child, f"{path}{name}/")
            links.append(Link(name, piece.cid, piece.size))
        weight = sum(len(link.name.encode()) + CID_LENGTH for link in links)
        if weight > MAX_DIRECTORY_WEIGHT:
            raise EvidenceTooLargeError(f"names and CIDs in directory {path or '/'}", weight, MAX_DIRECTORY_WEIGHT)
        return self._node(tuple(links), DIRECTORY_DATA, content=0)

    def dag(self, root: _Piece) -> Dag:
        """All that was cut, with its root last."""
        return Dag(root.cid, root.size, tuple(self._blocks.items()))

    def _leaf(self, chunk: bytes) -> _Piece:
        cid = cid_of(Codec.RAW, chunk)
        self._blocks.setdefault(cid, chunk)
        return _Piece(cid, len(chunk), len(chunk))

    def _file_node(self, pieces: list[_Piece]) -> _Piece:
        links = tuple(Link("", piece.cid, piece.size) for piece in pieces)
        sizes = tuple(piece.content for piece in pieces)
        return self._node(links, encode_file_data(sizes), content=sum(sizes))

    def _node(self, links: tuple[Link, ...], data: bytes, content: int) -> _Piece:
        block = encode_node(Node(links, data))
        cid = cid_of(Codec.DAG_PB, block)
        self._blocks.setdefault(cid, block)
        return _Piece(cid, content, len(block) + sum(link.size for link in links))


def split_file(data: bytes) -> Dag:
    """Cut a file into blocks.

    Errors  EvidenceTooLargeError above MAX_FILE_SIZE.
    """
    cutter = _Cutter()
    return cutter.dag(cutter.add_file(data))


def pack_directory(files: Mapping[str, bytes]) -> Dag:
    """Cut files by their paths (`a/b.pdf`) into one directory. No files give the empty directory.

    Errors  BadPathError(path, expected); EvidenceTooLargeError for a file or a directory over its limit.
    """
    cutter = _Cutter()
    return cutter.dag(cutter.add_directory(build_tree(files)))
