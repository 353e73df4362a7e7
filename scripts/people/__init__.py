"""Rolls on the command line: read from files, taken onto the chain."""
