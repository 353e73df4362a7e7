"""The snapshot: a ledger's blocks and its newest state in one file that is read once (docs/reference/snapshot.md)."""
