"""A ledger's beginning and what it keeps beside its chain: founding, keys, settings."""
