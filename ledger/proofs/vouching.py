"""Who vouches for which height: witness seals held against a chain of one's own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.primitives import Address, Hash32, Height, Timestamp
from ledger.proofs.seal import Seal, SealError, SealKind, decode_seal

MAX_WITNESSES = 16
"""Witnesses that are kept of one source: who makes up keys pushes out nobody else's."""

OwnHash = Callable[[Height], Hash32 | None]
"""The hash of the block at a height here, None above the newest."""


@dataclass(frozen=True, slots=True)
class Vouching:
    """One witness's word on one block. The block's hash stands for all blocks before it, too.

    Shape   `own_hash`: what stands at the height here; `source`: where the word was taken from, for people, empty if it
            was brought; `seen`: when it was taken, by the taker's clock, None where nobody noted it; `seal`: what the
            witness signed, None for a watchdog's note about itself in its own directory.
    """

    witness: Address
    height: Height
    block_hash: Hash32
    own_hash: Hash32
    source: str
    seen: Timestamp | None = None
    seal: Seal | None = None

    @property
    def is_signed(self) -> bool:
        return self.seal is not None

    @property
    def agrees(self) -> bool:
        return self.block_hash == self.own_hash


def read_vouching(data: bytes, chain_id: int, own_hash: OwnHash, source: str, seen: Timestamp) -> Vouching | None:
    """Check a witness seal and hold it against this chain; None where this chain has not come so far.

    Errors  SealError for bytes that are no witness seal, SignatureError.
    """
    seal = decode_seal(data)
    if seal.kind is not SealKind.WITNESS or seal.height == 0:
        raise SealError(f"seal: {seal.kind.name} of height {seal.height}, expected WITNESS of 1 or more")
    witness = seal.signer(chain_id)
    own = own_hash(seal.height)
    if own is None:
        return None
    return Vouching(witness, seal.height, seal.block_hash, own, source, seen, seal)


class VouchingBook:
    """Of each source and witness the newest word that agrees, and the first one that does not. Any thread may ask.

    What does not agree is never forgotten: it is evidence of two histories, and whoever shows one of them would like it
    to be followed by better ones.
    """

    def __init__(self) -> None:
        self._agreed: dict[str, dict[Address, Vouching]] = {}
        self._differing: dict[str, dict[Address, Vouching]] = {}
        self._lock = threading.Lock()

    def take(self, vouching: Vouching) -> bool:
        """Note a word; whether it is the first of this witness that does not agree."""
        with self._lock:
            kept = self._agreed if vouching.agrees else self._differing
            rows = kept.setdefault(vouching.source, {})
            known = rows.get(vouching.witness)
            if known is None and len(rows) >= MAX_WITNESSES:
                return False
            if known is None or (vouching.agrees and vouching.height >= known.height):
                rows[vouching.witness] = vouching
            return known is None and not vouching.agrees

    def all(self) -> list[Vouching]:
        """As `sort_vouchings` has them."""
        with self._lock:
            found = [row for kept in (self._differing, self._agreed) for rows in kept.values() for row in rows.values()]
        return sort_vouchings(found)


def sort_vouchings(vouchings: Sequence[Vouching]) -> list[Vouching]:
    """What does not agree first, then the highest, then by witness and source."""
    return sorted(vouchings, key=lambda row: (row.agrees, -row.height, row.witness, row.source))


def vouchers_of(vouchings: Sequence[Vouching], height: int) -> list[Vouching]:
    """Of each witness the lowest word that reaches a height: a block's hash holds those of all blocks before it."""
    found: dict[Address, Vouching] = {}
    for row in sorted(vouchings, key=lambda row: row.height):
        if row.agrees and row.height >= height > 0:
            found.setdefault(row.witness, row)
    return list(found.values())
