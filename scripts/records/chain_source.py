"""Where a bundle is made from: a ledger's directory, or a node's feed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ledger.bundle.documents import Facts
from ledger.bundle.multiproof import Row, make_multiproof
from ledger.bundle.parts import SealedBlock
from ledger.errors import CannotCheckError
from ledger.evidence.cid import Cid
from ledger.founding.identity import FoundingKey
from ledger.ports import ChainReader
from ledger.primitives import Height
from ledger.proofs.making import sealed_height
from scripts.running.ledgers import OpenLedger


class ChainGapError(CannotCheckError):
    """A block, its receipts or its seal cannot be had."""

    type = "chain-gap"


class ChainSource(Protocol):
    """A ledger as an exporter reads it. Errors: NodeUnreachableError, PeerMisbehavesError, ChainGapError."""

    def facts(self) -> Facts:
        """Who it is, and the highest block that has its seal."""
        ...

    def genesis(self) -> bytes: ...

    def text(self) -> bytes: ...

    def keys(self) -> tuple[tuple[FoundingKey, ...], bytes]: ...

    def blocks(self, first: int, last: int) -> Iterator[SealedBlock]:
        """Blocks in order; the seal is empty where the source has none."""
        ...

    def words(self, height: int, rows: Sequence[Row]) -> dict[Row, int]:
        """Storage words after a block."""
        ...

    def prove(self, height: int, rows: Sequence[Row]) -> bytes:
        """The content of a proof member."""
        ...

    def evidence_block(self, cid: Cid) -> bytes:
        """One block. Errors: EvidenceNotFoundError, EvidenceDamagedError."""
        ...


class FolderSource:
    """A ledger's directory; a node may write to it meanwhile."""

    def __init__(self, opened: OpenLedger) -> None:
        self._opened = opened
        self._chain: ChainReader = opened.chain

    def facts(self) -> Facts:
        """Errors  NoSealedBlockError."""
        height = sealed_height(self._chain)
        header = self._chain.header(height)
        if header is None:
            raise ChainGapError(f"block {height}: not in the store", height=height)
        founding = self._opened.founding
        return Facts(founding.hash, founding.chain_id, height, header.hash)

    def genesis(self) -> bytes:
        return self._opened.folder.genesis.read_bytes()

    def text(self) -> bytes:
        return self._opened.founding.text

    def keys(self) -> tuple[tuple[FoundingKey, ...], bytes]:
        return self._opened.founding.keys, self._opened.founding.nonce

    def blocks(self, first: int, last: int) -> Iterator[SealedBlock]:
        for height in map(Height, range(first, last + 1)):
            block = self._chain.block(height)
            if block is None:
                raise ChainGapError(f"block {height}: not in the store", height=height)
            yield SealedBlock(block, self._chain.receipts(height), self._chain.seal(height) or b"")

    def words(self, height: int, rows: Sequence[Row]) -> dict[Row, int]:
        state = self._chain.state(Height(height))
        return {row: state.storage(*row) for row in rows}

    def prove(self, height: int, rows: Sequence[Row]) -> bytes:
        return make_multiproof(height, rows, self._chain.state(Height(height)).proof)

    def evidence_block(self, cid: Cid) -> bytes:
        return self._opened.evidence.block(str(cid))


def word_reader(source: ChainSource, height: int) -> Callable[[bytes, int], int]:
    """Single words of a state, for `ProofPlan.rows`."""

    def read(address: bytes, slot: int) -> int:
        row: Row = (address, slot)  # type: ignore[assignment]  # Address is bytes by another name
        return source.words(height, [row])[row]

    return read
