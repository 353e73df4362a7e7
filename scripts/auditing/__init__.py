"""Audits and money trails on the command line."""
