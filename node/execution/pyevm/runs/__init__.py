"""Stretches of bytecode turned into Python functions, for codes that run often."""
