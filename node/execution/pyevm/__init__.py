"""The embedded execution engine: py-evm's Cancun rules over the project's own state, journal and hot opcodes."""

import sys

import eth.precompiles  # noqa: F401  # before the limit below: py-ecc, which it imports, sets its own

RECURSION_LIMIT = 12_000
"""Python frames: enough for 1,024 nested calls. py-ecc allows 100,000, at which a request of nested JSON would overflow
the C stack and kill the node instead of raising RecursionError."""

sys.setrecursionlimit(RECURSION_LIMIT)
