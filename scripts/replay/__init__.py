"""Replaying a vote of the past on a ledger of its own, from founding to payment."""
