"""Blocks of evidence on their way into a bundle: fetched once, given out in the order of their names."""

from collections.abc import Iterable
from os import SEEK_END
from typing import BinaryIO

from ledger.evidence.cid import Cid
from ledger.evidence.errors import (
    EvidenceDamagedError,
    EvidenceNotFoundError,
    EvidenceTooLargeError,
    MalformedBlockError,
)
from ledger.evidence.walk import walk_blocks
from scripts.records.chain_source import ChainSource


class EvidenceSpool:
    """Shape   `names`: CIDs in text form, ascending, of all blocks that were gathered. The file is empty."""

    def __init__(self, source: ChainSource, file: BinaryIO) -> None:
        self._source = source
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}
        self.names: list[str] = []

    def gather(self, roots: Iterable[Cid]) -> tuple[str, ...]:
        """Fetch all blocks under each root. Result: roots that are not to be had whole, ascending.

        Errors  NodeUnreachableError and PeerMisbehavesError: then nothing is known of the evidence.
        """
        missing, needed = [], set()
        for root in sorted(roots, key=str):
            try:
                names = [self._keep(cid, block) for cid, block in walk_blocks(root, self._block)]
            except (EvidenceNotFoundError, EvidenceDamagedError, EvidenceTooLargeError, MalformedBlockError):
                missing.append(str(root))
            else:
                needed.update(names)
        self.names = sorted(needed)
        return tuple(missing)

    def read(self, name: str) -> bytes:
        offset, length = self._places[name]
        self._file.seek(offset)
        return self._file.read(length)

    def _block(self, cid: Cid) -> bytes:
        name = str(cid)
        return self.read(name) if name in self._places else self._source.evidence_block(cid)

    def _keep(self, cid: Cid, block: bytes) -> str:
        name = str(cid)
        if name not in self._places:
            offset = self._file.seek(0, SEEK_END)
            self._file.write(block)
            self._places[name] = (offset, len(block))
        return name
