"""The on-disk key-value store: one atomic, durable commit a block."""
