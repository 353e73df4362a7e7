"""Executors for audits: others than the one that made the blocks, each with a state of its own."""
