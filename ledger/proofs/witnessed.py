"""Blocks that witnesses sealed, and which of them a receipt may be proved against in place of the newest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.ports import StateView
from ledger.primitives import Address, Hash32, Height
from ledger.proofs.seal import Seal
from ledger.proofs.slots import entry_slot, version_slot
from ledger.system import SystemContract
from ledger.views.ballot_status import load_lane
from ledger.voting.question import Question

MAX_BEHIND = 32
"""How many blocks before the newest one a receipt may be proved against for a witness's sake."""

MAX_SEALS = 32
"""How many seals go into one receipt, so that who makes up keys cannot make it large."""

Voucher = tuple[Address, Hash32]
"""A witness, and the hash that it sealed."""


@dataclass(frozen=True, slots=True)
class WitnessedBlocks:
    """Witness seals by height, each witness and hash once. Shape: `named`: witnesses of the anchor, which go first."""

    seals: Mapping[Height, Mapping[Voucher, Seal]]
    named: frozenset[Address] = frozenset()

    @classmethod
    def of(cls, rows: Iterable[tuple[Address, Seal]], named: Iterable[Address] = ()) -> "WitnessedBlocks":
        """From checked seals with their witnesses."""
        found: dict[Height, dict[Voucher, Seal]] = {}
        for witness, seal in rows:
            found.setdefault(seal.height, {})[witness, seal.block_hash] = seal
        return cls(found, frozenset(named))

    def at(self, height: Height) -> tuple[Seal, ...]:
        """Seals over a block, the anchor's witnesses first; also of who sealed another one there, as evidence."""
        rows = self.seals.get(height, {})
        chosen = sorted(rows, key=lambda voucher: (voucher[0] not in self.named, voucher))[:MAX_SEALS]
        return tuple(rows[voucher] for voucher in chosen)

    def heights(self, newest: Height) -> list[Height]:
        """Blocks to prove a receipt against, the best first: by most of the anchor's witnesses, by most, the newest."""
        return sorted((one for one in self.seals if newest - MAX_BEHIND <= one <= newest), key=self._rank, reverse=True)

    def _rank(self, height: Height) -> tuple[int, int, int]:
        witnesses = {witness for witness, _ in self.seals[height]}
        return len(witnesses & self.named), len(witnesses), height


def is_alike(earlier: StateView, newest: StateView, question: Question, seat: int) -> bool:
    """Whether a ballot of this seat stands after an earlier block exactly as it does after the newest.

    Then a receipt of either says the same: counted, replaced or not, final or not.
    """
    slots = (
        (SystemContract.ROLL.address, entry_slot(seat)),
        (SystemContract.DIRECTORY.address, version_slot(question.contract)),
    )
    first, second = (
        (
            load_lane(state, question, seat),
            [state.storage(*slot) for slot in slots],
            state.header.timestamp >= question.closes,
        )
        for state in (earlier, newest)
    )
    return first == second
