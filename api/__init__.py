"""HTTP for explorers: reads through the ports of `ledger`, writes only by relaying signed messages."""
