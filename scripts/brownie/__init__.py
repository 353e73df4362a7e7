"""Brownie, kept in an environment of its own, compiles the contracts a second time."""
