"""Blocks as Ethereum has them (Cancun): header, transaction, receipt, and what may stand in a block."""
