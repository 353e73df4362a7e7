"""When a transaction is acknowledged: once it stands in a durable sealed block."""

from dataclasses import dataclass

from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A transaction in a durable sealed block."""

    height: Height
    index: int
    success: bool


def find_acknowledged(chain: ChainReader, transaction_hash: Hash32) -> Acknowledged | None:
    """Where a transaction stands; None until its block is durable and sealed."""
    place = chain.transaction_place(transaction_hash)
    if place is None or chain.seal(place[0]) is None:
        return None
    height, index = place
    receipt = chain.receipt(height, index)
    return Acknowledged(height, index, receipt is not None and receipt.success)
