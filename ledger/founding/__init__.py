"""The founding text: its parameters, its hash, the chain id and the genesis that follow from it."""
