"""A ledger that runs or stands still: opened, served, written to, asked."""
