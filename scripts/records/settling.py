"""Seals that are the same whichever node is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ledger.bundle.documents import Facts
from ledger.bundle.parts import SealedBlock
from ledger.primitives import Hash32, Height
from ledger.proofs.seal import SealKind
from scripts.records.chain_source import ChainGapError, ChainSource


def settled_facts(source: ChainSource) -> Facts:
    """The facts of a source up to the highest block whose seal is settled.

    The commit of the newest block is what the node that was asked has seen; which votes the chain keeps of it, the next
    consensus block says. Errors: ChainGapError where no commit is settled; those of the source.
    """
    facts = source.facts()
    newest = next(iter(source.blocks(facts.last, facts.last)))
    if seal_kind(newest) != SealKind.COMMIT:
        return facts
    if facts.last == 1:
        raise ChainGapError("block 1: its commit is not settled before block 2 is sealed", height=1)
    parent = Hash32(newest.block.header.parent_hash)
    return Facts(facts.founding, facts.chain_id, Height(facts.last - 1), parent)


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
