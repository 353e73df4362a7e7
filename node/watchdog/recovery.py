"""Making good what a kill left undone: an executor that is behind, the seal of the newest block."""

from ledger.errors import CheckFailedError
from ledger.primitives import Height
from node.watchdog.executors import Executor

SEAL_ROW = b"watch/seal"
"""Height u64 and seal of the newest block, in one step with it: the seal's own row comes a moment later."""


def keep_newest_seal(executor: Executor) -> None:
    """A kill between a block and its seal's row left the seal in the row beside the block."""
    height, row = executor.engine.head().number, executor.chain.extra_row(SEAL_ROW)
    if height > 0 and executor.chain.seal(height) is None and row is not None and row[8:]:
        executor.engine.put_seal(height, row[8:])


def bring_up(executor: Executor, furthest: Executor) -> None:
    """Give an executor the blocks that another one of this watchdog has already."""
    for number in range(executor.engine.head().number + 1, furthest.engine.head().number + 1):
        height = Height(number)
        block, seal = furthest.chain.block(height), furthest.chain.seal(height)
        if block is None:
            raise CheckFailedError(f"store of {furthest.name}: block {number} is missing")
        row = {SEAL_ROW: encode_seal_row(height, seal or b"")}
        executor.engine.make_head(executor.engine.execute(block), row)
        # None for a block of a lost sequencer, for which a succession stands.
        if seal is not None:
            executor.engine.put_seal(height, seal)


def encode_seal_row(height: int, seal: bytes) -> bytes:
    return height.to_bytes(8, "big") + seal
