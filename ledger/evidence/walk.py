"""All blocks under a CID, for exports: whoever has them has the file, and needs nobody's word."""

from collections.abc import Iterator

from ledger.evidence.cid import Cid, Codec
from ledger.evidence.dagpb import decode_node
from ledger.evidence.errors import EvidenceTooLargeError
from ledger.evidence.paths import MAX_DEPTH
from ledger.evidence.reader import MAX_BLOCKS, MAX_LEVELS, GetBlock, verify_block


def walk_blocks(root: Cid, get_block: GetBlock) -> Iterator[tuple[Cid, bytes]]:
    """Yield each block under a CID once, verified, children before parents, so the root is the last.

    Errors  EvidenceNotFoundError, EvidenceDamagedError, MalformedBlockError as when reading; EvidenceTooLargeError over
            MAX_BLOCKS, or deeper than a file in the deepest directory.
    """
    yield from _walk(root, get_block, set(), MAX_DEPTH + MAX_LEVELS)


def _walk(cid: Cid, get_block: GetBlock, seen: set[Cid], levels: int) -> Iterator[tuple[Cid, bytes]]:
    if levels == 0:
        raise EvidenceTooLargeError("levels of blocks", MAX_DEPTH + MAX_LEVELS + 1, MAX_DEPTH + MAX_LEVELS)
    seen.add(cid)
    if len(seen) > MAX_BLOCKS:
        raise EvidenceTooLargeError("number of blocks", len(seen), MAX_BLOCKS)
    block = get_block(cid)
    verify_block(cid, block)
    if cid.codec is Codec.DAG_PB:
        for link in decode_node(block).links:
            if link.cid not in seen:
                yield from _walk(link.cid, get_block, seen, levels - 1)
    yield cid, block
