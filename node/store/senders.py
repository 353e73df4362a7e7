"""Nonces of senders, from the blocks alone: an executor in another process need not be asked for each."""

from collections.abc import Iterable

from ledger.primitives import Address, Height
from node.store import rows
from node.store.ports import KeyValueStore


class Senders:
    """Knows how far each sender has come. Any thread.

    It speaks of accounts that have a key, which begin at nonce 0 and are moved by their own transactions alone: a
    contract has no key, and delegations (EIP-7702) are no transactions of this ledger.
    """

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    def nonces(self, addresses: Iterable[Address], height: Height) -> dict[Address, int]:
        """Nonces after a block; without those of senders that have gone on since, which its state alone tells."""
        found: dict[Address, int] = {}
        snapshot = self._store.snapshot()
        try:
            for address in addresses:
                row = snapshot.get(rows.sender_key(address))
                newest, nonce = (Height(0), 0) if row is None else rows.decode_nonce(row)
                if newest <= height:
                    found[address] = nonce
        finally:
            snapshot.close()
        return found
