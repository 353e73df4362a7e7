"""A running node: it executes, orders, stores and relays what `ledger` defines."""
