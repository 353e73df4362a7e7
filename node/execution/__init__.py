"""Execution engines behind `ledger.ports.ExecutionEngine`."""
