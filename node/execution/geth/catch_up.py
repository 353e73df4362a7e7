"""Brings geth to the chain that is durable here: finds the last block that both have, and replays the later ones."""

import logging
from collections.abc import Callable

from ledger.chain.header import Header
from ledger.ports import ChainReader
from ledger.primitives import Height, to_hex
from node.execution.geth import trials
from node.execution.geth.errors import ExecutorDisagreesError, NoAnswerError
from node.execution.geth.link import Asker, UnusableDataError

log = logging.getLogger("ortaq.executor")

HEAD_EVERY = 64
"""Blocks between two heads while replaying, so that a geth that dies has something to begin with."""


def catch_up(asker: Asker, chain: ChainReader, progress: Callable[[], None]) -> None:
    """Make geth's head the head of the chain.

    Errors  UnusableDataError where geth's database is of another ledger or has lost states; ExecutorDisagreesError
            where geth finds a block of the chain invalid; NoAnswerError.
    """
    genesis, head = chain.header(Height(0)), chain.head()
    if genesis is None or trials.hash_at(asker, 0) != genesis.hash:
        raise UnusableDataError("executor: geth's database begins with the genesis block of another ledger")
    height, block_hash = trials.known_head(asker)
    if block_hash == head.hash:
        return
    if height > head.number and trials.hash_at(asker, head.number) == head.hash:
        log.warning("geth is at block %d, the chain at %d: geth is set back", height, head.number)
        asker.ask("debug_setHead", [hex(head.number)], lambda _: None)
    else:
        _replay(asker, chain, _common_height(asker, chain, min(height, head.number)), head.number, progress)
    found = trials.known_head(asker)
    if found != (head.number, head.hash):
        raise UnusableDataError(f"executor: geth stays at block {found[0]}, the chain is at {head.number}")


def adopt(asker: Asker, chain: ChainReader, height: Height) -> Header:
    """Have geth execute a block of the chain, on the block before, if it has not."""
    block = chain.block(height)
    if block is None:
        raise NoAnswerError(f"executor: block {height} is not in the chain")
    verdict = trials.execute(asker, block)
    if not verdict.is_known:
        raise UnusableDataError(f"executor: geth cannot execute block {height}: it lacks the state before it")
    if verdict.reason is not None:
        raise ExecutorDisagreesError(
            f"block {height} ({to_hex(block.header.hash)}) is durable here, and geth finds it invalid: "
            f"{verdict.reason}",
            height=height,
            reason=verdict.reason,
        )
    return block.header


def _replay(asker: Asker, chain: ChainReader, common: int, head: int, progress: Callable[[], None]) -> None:
    if head - common > 1:
        log.warning("geth is at block %d, the chain at %d: replaying %d blocks", common, head, head - common)
    for height in range(common + 1, head + 1):
        header = adopt(asker, chain, Height(height))
        if height == head or height % HEAD_EVERY == 0:
            trials.make_head(asker, header)
        progress()


def _common_height(asker: Asker, chain: ChainReader, highest: int) -> int:
    """The last height at which geth has the chain's block; genesis is one."""
    low, high = 0, highest
    while low < high:
        middle = (low + high + 1) // 2
        header = chain.header(Height(middle))
        if header is not None and trials.hash_at(asker, middle) == header.hash:
            low = middle
        else:
            high = middle - 1
    return low
