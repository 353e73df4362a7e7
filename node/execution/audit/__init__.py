"""Executors for audits: others than the one that made the blocks, each with a state of its own."""

import os

# Stock py-evm asks eth_hash for Keccak, which prefers the slowest of the libraries that it knows.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
