"""Who may do what: what contracts/access enforces, stated once more, and the storage words that proofs read."""
