"""The embedded execution engine: py-evm's Cancun rules over the project's own state, journal and hot opcodes."""
