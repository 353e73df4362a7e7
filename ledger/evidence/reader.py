"""Putting evidence together again from blocks that nobody has to be trusted for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from ledger.evidence.cid import Cid, Codec, cid_of
from ledger.evidence.dagpb import Link, decode_node
from ledger.evidence.errors import EvidenceDamagedError, EvidenceTooLargeError, MalformedBlockError
from ledger.evidence.layout import MAX_FILE_SIZE
from ledger.evidence.paths import MAX_DEPTH, validate_name
from ledger.evidence.unixfs import FileData, decode_data

GetBlock: TypeAlias = Callable[[Cid], bytes]
"""Gives the block that a CID names, or raises EvidenceNotFoundError."""

MAX_BLOCK_SIZE = 2 * 1024 * 1024
"""Bytes of one block, as IPFS peers exchange them."""
MAX_BLOCKS = 1 << 16
"""Blocks that one reading may fetch; the largest file of our own layout has 4,121."""
MAX_LEVELS = 8
"""Levels of nodes in one file; the largest of our own layout has 3."""


@dataclass(frozen=True, slots=True)
class _Directory:
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class _File:
    links: tuple[Link, ...]
    content: FileData


class _Reader:
    """One reading: fetches and verifies blocks within a budget of blocks and bytes."""

    def __init__(self, get_block: GetBlock, max_size: int) -> None:
        self._get_block = get_block
        self._max_size = max_size
        self._size = 0
        self._blocks = 0

    def entry(self, cid: Cid) -> _File | _Directory:
        """Fetch what stands at a CID."""
        block = self._fetch(cid)
        if cid.codec is Codec.RAW:
            return _File((), FileData(block, len(block), ()))
        node = decode_node(block)
        content = decode_data(node.data)
        if content is None:
            return _Directory(_checked_entries(node.links))
        if len(content.sizes) != len(node.links):
            raise MalformedBlockError("blocksizes", f"{len(content.sizes)} sizes", f"{len(node.links)}, one per link")
        return _File(node.links, content)

    def file(self, file: _File) -> Iterator[bytes]:
        """Yield the content of a file; its size counts against the budget before anything is fetched."""
        self._size += file.content.size
        if self._size > self._max_size:
            raise EvidenceTooLargeError("size of the content in bytes", self._size, self._max_size)
        yield from self._content(file, MAX_LEVELS)

    def directory(self, directory: _Directory, path: str, depth: int) -> Iterator[tuple[str, bytes]]:
        """Yield the files under a directory with their paths."""
        if depth > MAX_DEPTH:
            raise EvidenceTooLargeError(f"depth of {path!r}", depth, MAX_DEPTH)
        for link in directory.links:
            found = self.entry(link.cid)
            if isinstance(found, _Directory):
                yield from self.directory(found, f"{path}{link.name}/", depth + 1)
            else:
                yield path + link.name, b"".join(self.file(found))

    def _content(self, file: _File, levels: int) -> Iterator[bytes]:
        if levels == 0:
            raise EvidenceTooLargeError("levels of nodes in a file", MAX_LEVELS + 1, MAX_LEVELS)
        yield file.content.data
        for link, size in zip(file.links, file.content.sizes, strict=True):
            piece = self.entry(link.cid)
            if isinstance(piece, _Directory) or piece.content.size != size:
                found = "a directory" if isinstance(piece, _Directory) else f"{piece.content.size} bytes"
                raise MalformedBlockError(f"child {link.cid}", found, f"{size} bytes")
            yield from self._content(piece, levels - 1)

    def _fetch(self, cid: Cid) -> bytes:
        self._blocks += 1
        if self._blocks > MAX_BLOCKS:
            raise EvidenceTooLargeError("number of blocks", self._blocks, MAX_BLOCKS)
        block = self._get_block(cid)
        if len(block) > MAX_BLOCK_SIZE:
            raise EvidenceTooLargeError(f"size of block {cid} in bytes", len(block), MAX_BLOCK_SIZE)
        verify_block(cid, block)
        return block


def verify_block(cid: Cid, block: bytes) -> None:
    """Check a block against its CID; EvidenceDamagedError(cid, found) when it is another."""
    found = cid_of(cid.codec, block)
    if found != cid:
        raise EvidenceDamagedError(str(cid), f"its {len(block)} bytes hash to {found}")


def stream_file(cid: Cid, get_block: GetBlock, max_size: int = MAX_FILE_SIZE) -> Iterator[bytes]:
    """Yield a file's content in order, each part verified against its CID before it is given out.

    Units   max_size: bytes of content.
    Errors  EvidenceNotFoundError for a missing block, EvidenceDamagedError for a changed one, MalformedBlockError for
            blocks that make no file (a directory too), EvidenceTooLargeError over max_size, MAX_BLOCKS or MAX_LEVELS.
    Source  any UnixFS file with sha2-256 CIDs is read, whatever cut it, not only `ledger.evidence.layout`.
    """
    reader = _Reader(get_block, max_size)
    found = reader.entry(cid)
    if isinstance(found, _Directory):
        raise MalformedBlockError("type", "a directory", "a file")
    yield from reader.file(found)


def read_file(cid: Cid, get_block: GetBlock, max_size: int = MAX_FILE_SIZE) -> bytes:
    """Read a whole file; errors as `stream_file`."""
    return b"".join(stream_file(cid, get_block, max_size))


def list_directory(cid: Cid, get_block: GetBlock) -> tuple[Link, ...]:
    """The entries of one directory in the order of their names' bytes; errors as `stream_file`."""
    return _need_directory(_Reader(get_block, MAX_FILE_SIZE), cid).links


def read_directory(cid: Cid, get_block: GetBlock, max_size: int = MAX_FILE_SIZE) -> dict[str, bytes]:
    """Read all files under a directory, by path. Empty directories in it leave no trace.

    Units   max_size: bytes of content of all files together.
    Errors  as `stream_file`; BadPathError for names that `ledger.evidence.paths` refuses.
    """
    reader = _Reader(get_block, max_size)
    return dict(reader.directory(_need_directory(reader, cid), "", 1))


def _need_directory(reader: _Reader, cid: Cid) -> _Directory:
    found = reader.entry(cid)
    if isinstance(found, _File):
        raise MalformedBlockError("type", "a file", "a directory")
    return found


def _checked_entries(links: tuple[Link, ...]) -> tuple[Link, ...]:
    for link in links:
        validate_name(link.name, link.name)
    for before, after in pairwise(links):
        if before.name.encode() >= after.name.encode():
            raise MalformedBlockError(
                "directory", f"{after.name!r} after {before.name!r}", "names in ascending order, each once"
            )
    return links
