"""The read model: what people ask about a ledger, answered from its state, its logs and its evidence."""
