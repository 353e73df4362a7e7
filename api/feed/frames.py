"""Blocks as the feed sends them: length u32 and bytes, three times a block: block, receipts, seal."""

from collections.abc import Iterator

from ledger.bundle.frames import encode_receipts, encode_seal_frame, frame_block
from ledger.ports import ChainReader
from ledger.primitives import Height
from ledger.proofs.seal import SealKind

MAX_BLOCKS = 1_000
MAX_BYTES = 1 << 24
MEDIA_TYPE = "application/octet-stream"


def read_seal(chain: ChainReader, height: int) -> bytes | None:
    """A block's seal; empty for the founding and under a succession that stands for it, None before it is sealed."""
    seal = chain.seal(Height(height))
    if seal is not None:
        return seal
    after = chain.seal(Height(height + 1))
    is_stood_for = after is not None and after[0] == SealKind.SUCCESSION
    return b"" if height == 0 or is_stood_for else None


def stream_blocks(chain: ChainReader, first: int, last: int) -> Iterator[bytes]:
    """Sealed blocks from `first` on, in order; ends before one that is not sealed yet, and when it is long enough.

    Shape   frames as bundle.md, 3 has their contents; the seal is empty where a succession stands for it. At least one
            block, if the first is sealed; then no more than MAX_BLOCKS and MAX_BYTES together.
    """
    sent = 0
    for height in range(first, min(last, first + MAX_BLOCKS - 1) + 1):
        block = chain.block(Height(height))
        seal = read_seal(chain, height)
        if block is None or seal is None:
            return
        receipts = encode_receipts(chain.receipts(Height(height)))
        frame = b"".join(encode_seal_frame(part) for part in (frame_block(block), receipts, seal))
        if sent and sent + len(frame) > MAX_BYTES:
            return
        sent += len(frame)
        yield frame
