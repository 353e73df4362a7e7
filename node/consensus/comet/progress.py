"""How far consensus has come: which consensus height decided which block, kept in one step with the block."""

from dataclasses import dataclass, field

from ledger.chain.header import Header
from ledger.errors import CannotCheckError
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height
from node.consensus.comet.validators import Powers, decode_powers, encode_powers

LAST = b"comet/last"
DECIDED_AT = b"comet/at/"


class ProgressError(CannotCheckError):
    """The newest block was not decided by CometBFT, though an earlier one was."""

    type = "bad-consensus-progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """Shape `consensus_height`: the newest that is decided, 0 before the first; `powers`: as CometBFT was last told."""

    consensus_height: int = 0
    powers: Powers = field(default_factory=dict)


def progress_rows(number: Height, block_hash: Hash32, progress: Progress) -> dict[bytes, bytes]:
    """Rows that belong to a block: `comet/last`, `comet/at/` ‖ number u64 (docs/reference/formats.md, 14)."""
    height = progress.consensus_height.to_bytes(8, "big")
    return {
        LAST: height + block_hash + encode_powers(progress.powers),
        DECIDED_AT + number.to_bytes(8, "big"): height,
    }


def load_progress(chain: ChainReader, head: Header) -> Progress | None:
    """What is durable, None where CometBFT has not decided any block. Errors: ProgressError."""
    row = chain.extra_row(LAST)
    if row is None:
        return None
    if row[8:40] != head.hash:
        raise ProgressError(
            f"store: CometBFT decided block {row[8:40].hex()} last, the head is {head.hash.hex()} at {head.number}"
        )
    return Progress(int.from_bytes(row[:8], "big"), decode_powers(row[40:]))


def decided_at(chain: ChainReader, number: Height) -> int | None:
    """The consensus height that decided a block, None for blocks from before CometBFT."""
    row = chain.extra_row(DECIDED_AT + number.to_bytes(8, "big"))
    return None if row is None else int.from_bytes(row, "big")
