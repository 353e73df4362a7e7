"""Compiling the contracts."""
