"""Seals that are the same whichever node is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ledger.bundle.documents import Facts
from ledger.bundle.parts import SealedBlock
from ledger.primitives import Hash32, Height
from ledger.proofs.seal import BY_MANY, SealKind
from scripts.records.chain_source import ChainGapError, ChainSource


def settled_facts(source: ChainSource) -> Facts:
    """The facts of a source up to the highest block whose seal is settled.

    The seal of the newest block is what the node that was asked has seen, if several make it: validators, or recovery
    keys. Which votes or signatures the chain keeps of it, the node that seals the next block says.
    Errors  ChainGapError where no seal is settled; those of the source.
    """
    facts = source.facts()
    last, newest = facts.last, _block(source, facts.last)
    if seal_kind(newest) not in BY_MANY:
        return facts
    last, before = Height(last - 1), _block(source, last - 1)
    if last > 0 and not before.seal:
        # A sequencer that was lost took its last seal with it.
        last, before = Height(last - 1), _block(source, last - 1)
    if last == 0:
        raise ChainGapError(f"block {facts.last}: its seal is not settled before the next block is sealed", height=1)
    return Facts(facts.founding, facts.chain_id, last, Hash32(before.block.header.hash))


def _block(source: ChainSource, height: int) -> SealedBlock:
    return next(iter(source.blocks(height, height)))


def settled_blocks(blocks: Iterable[SealedBlock]) -> Iterator[SealedBlock]:
    """Blocks without the seals that some nodes may never have got: a sequencer's last one, before a succession.

    Errors  ChainGapError for a block that lacks its seal elsewhere.
    """
    held: SealedBlock | None = None
    for sealed in blocks:
        if held is not None:
            yield _settle(held, sealed)
        held = sealed
    if held is not None:
        yield _settle(held, None)


def _settle(sealed: SealedBlock, after: SealedBlock | None) -> SealedBlock:
    is_followed = after is not None and seal_kind(after) == SealKind.SUCCESSION
    if is_followed and seal_kind(sealed) != SealKind.SUCCESSION:
        return replace(sealed, seal=b"")
    height = sealed.block.header.number
    if height > 0 and not sealed.seal:
        raise ChainGapError(f"block {height}: its seal is not in the store", height=height)
    return sealed


def seal_kind(sealed: SealedBlock) -> int:
    """The kind of a block's seal, 0 without one."""
    return sealed.seal[0] if sealed.seal else 0
