"""Payments and their states."""

from dataclasses import dataclass
from enum import IntEnum

from ledger.primitives import Hash32


class PaymentState(IntEnum):
    """Ordered, then settled; or failed, and then reversed."""

    ORDERED = 1
    SETTLED = 2
    FAILED = 3
    REVERSED = 4


@dataclass(slots=True)
class Payment:
    """A payment to the appropriation's payee.

    Shape   `evidence`: number of the document that it was ordered by; `outcome`: of the one that it was settled or
            failed by, 0 while ordered; `entry`: number of the ordering entry in the journal.
    Units   `amount` in minor units.
    """

    number: int
    appropriation: int
    amount: int
    purpose: Hash32
    evidence: int
    entry: int
    state: PaymentState = PaymentState.ORDERED
    outcome: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """What the treasury asks about a document. `digest`: Keccak-256 of its CID in bytes, the same if anchored twice."""

    digest: Hash32
    is_available: bool = True
