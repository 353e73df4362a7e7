"""The audit of a whole ledger from a bundle: rules that need no execution, each with stable codes (bundle.md, 7)."""
