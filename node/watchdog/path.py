"""The way to a block that is known before its parents are: who sealed them long ago may have lost the keys since."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.chain.header import Header
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.anchor import Anchor
from node.watchdog.alarms import Code
from node.watchdog.refusals import BlockRefusedError, PathError
from node.watchdog.signer import WitnessSigner


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A block that is known before its parents are. Shape: `is_vouched`: by this watchdog, else by the anchor."""

    height: Height
    block_hash: Hash32
    is_vouched: bool = False

    def __str__(self) -> str:
        by = "was vouched for" if self.is_vouched else "the anchor names"
        return f"block {self.height} {to_hex(self.block_hash)}, which {by}"


class Path:
    """Up to the waypoint only blocks that lead to it are taken."""

    def __init__(self, anchor: Anchor, signer: WitnessSigner) -> None:
        self._anchor = anchor
        self._signer = signer
        self._hashes: dict[Height, Hash32] = {}

    @property
    def waypoint(self) -> Waypoint:
        """The highest block that is known without its parents: the anchor's, or the newest vouched for."""
        if self._signer.height > self._anchor.height:
            return Waypoint(self._signer.height, self._signer.block_hash, is_vouched=True)
        return Waypoint(self._anchor.height, self._anchor.block_hash)

    def is_needed(self, head: Header) -> bool:
        """Whether blocks above a head can be taken only after `set`: a new directory, or one whose store was lost."""
        return head.number < self.waypoint.height and not self._hashes

    def set(self, head: Header, hashes: Sequence[Hash32]) -> None:
        """Name the blocks above the head up to the waypoint; each must be the parent of the next: the caller checked.

        Errors  PathError where they do not end in the waypoint, or pass by the anchor.
        """
        first = head.number + 1
        path = {Height(height): block_hash for height, block_hash in enumerate(hashes, first)}
        if path.get(self.waypoint.height) != self.waypoint.block_hash or len(path) != self.waypoint.height + 1 - first:
            raise PathError(f"blocks {first} to {self.waypoint.height}: do not lead to {self.waypoint}")
        if self._anchor.height >= first and path[self._anchor.height] != self._anchor.block_hash:
            raise PathError(f"blocks {first} to {self.waypoint.height}: do not pass by the anchor's block")
        self._hashes = path

    def check(self, header: Header) -> None:
        """Errors  BlockRefusedError for a block below the waypoint that does not lead to it."""
        if header.number > self.waypoint.height:
            return
        if self._hashes.get(header.number) != header.hash:
            code = Code.HISTORY_REWRITTEN if self.waypoint.is_vouched else Code.WRONG_LEDGER
            detail = f"block {header.number}: {to_hex(header.hash)} does not lead to {self.waypoint}"
            raise BlockRefusedError(code, detail, header, is_sealed=False)
