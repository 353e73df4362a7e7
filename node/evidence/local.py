"""Evidence in a directory of its own: one file per block, named by its CID.

blocks/<two characters>/<cid>   the block's bytes; the folder is named by the CID's last characters but one
roots/<cid>                     empty; one for each file or directory that was added
tmp/                            blocks being written; whatever a crash leaves here is not read
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ledger.evidence.cid import Cid, parse_cid
from ledger.evidence.errors import EvidenceDamagedError, EvidenceNotFoundError
from ledger.evidence.layout import pack_directory, split_file
from ledger.evidence.reader import GetBlock, read_directory, stream_file, verify_block
from ledger.evidence.walk import walk_blocks
from node.evidence.errors import EvidenceNotStoredError
from node.files import sync_folder


class LocalEvidenceStore:
    """A content-addressed store on disk. Several processes may share it; nothing is ever changed in place."""

    def __init__(self, directory: Path) -> None:
        """Open the store, or make it where there is none; EvidenceNotStoredError when the disk does not let it."""
        self._directory = directory
        self._blocks, self._roots, self._tmp = (directory / name for name in ("blocks", "roots", "tmp"))
        try:
            for folder in (self._blocks, self._roots, self._tmp):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EvidenceNotStoredError(str(directory), error.strerror or str(error)) from error

    def add(self, data: bytes) -> str:
        """Keep a file, durably, and give its CID. Adding again repairs blocks that were damaged.

        Errors  EvidenceTooLargeError; EvidenceNotStoredError(place, reason), after which the CID is not in the store.
        """
        dag = split_file(data)
        return self.keep(dag.root, dag.blocks)

    def add_directory(self, files: dict[str, bytes]) -> str:
        """Keep files by their paths under one CID; errors as `add`, and BadPathError."""
        dag = pack_directory(files)
        return self.keep(dag.root, dag.blocks)

    def has(self, cid: str) -> bool:
        """Whether the CID was added whole. Its bytes are checked by `get` only; BadCidError."""
        return self._path(parse_cid(cid)).is_file()

    def get(self, cid: str) -> bytes:
        """Read a file, each block checked against its CID.

        Errors  BadCidError; EvidenceNotFoundError; EvidenceDamagedError for changed and for missing parts, naming the
                CID of the part; MalformedBlockError for a directory.
        """
        return b"".join(self.stream(cid))

    def stream(self, cid: str) -> Iterator[bytes]:
        """Read a file part by part, each checked before it is given out; errors as `get`."""
        root = parse_cid(cid)
        return stream_file(root, self._reader(root))

    def get_directory(self, cid: str) -> dict[str, bytes]:
        """Read all files under a directory, by path; errors as `get`, MalformedBlockError for a file."""
        root = parse_cid(cid)
        return read_directory(root, self._reader(root))

    def block(self, cid: str) -> bytes:
        """One block by its CID, checked; errors as `get`."""
        name = parse_cid(cid)
        data = self._reader(name)(name)
        verify_block(name, data)
        return data

    def blocks(self, cid: str) -> Iterator[tuple[Cid, bytes]]:
        """All blocks under a CID, as `ledger.evidence.walk.walk_blocks` gives them; errors as `get`."""
        root = parse_cid(cid)
        return walk_blocks(root, self._reader(root))

    def roots(self) -> list[str]:
        """The CIDs that were added, in alphabetical order. Parts of them are not listed."""
        return sorted(path.name for path in self._roots.iterdir())

    def keep(self, document: Cid, blocks: Sequence[tuple[Cid, bytes]]) -> str:
        """Keep all blocks of a document, checked already, its root last: a root that stands there stands on its parts.

        Errors  as `add`.
        """
        try:
            *parts, root = blocks
            folders = {self._write(cid, block) for cid, block in parts}
            for folder in sorted(folders):
                sync_folder(folder)
            folder = self._write(*root)
            name = str(document)
            (self._roots / name).touch()
            for touched in (folder, self._blocks, self._roots):
                sync_folder(touched)
        except OSError as error:
            raise EvidenceNotStoredError(str(self._directory), error.strerror or str(error)) from error
        return name

    def _write(self, cid: Cid, block: bytes) -> Path:
        """Write one block by way of `tmp`, unless it stands there whole. Gives its folder, which is not synced yet."""
        path = self._path(cid)
        if path.is_file() and path.read_bytes() == block:
            return path.parent
        path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._tmp)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(block)
                file.flush()
                os.fsync(file.fileno())
            Path(name).rename(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        return path.parent

    def _reader(self, root: Cid) -> GetBlock:
        def get_block(cid: Cid) -> bytes:
            try:
                return self._path(cid).read_bytes()
            except FileNotFoundError as error:
                if cid == root:
                    raise EvidenceNotFoundError(str(cid), str(self._directory)) from error
                raise EvidenceDamagedError(str(cid), f"this part of {root} is missing") from error

        return get_block

    def _path(self, cid: Cid) -> Path:
        name = str(cid)
        return self._blocks / name[-3:-1] / name
