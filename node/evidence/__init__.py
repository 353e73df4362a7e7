"""Stores of evidence: a local content-addressed one, and a Kubo daemon."""
