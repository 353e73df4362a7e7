"""Small ledgers for tests."""

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE, Genesis, GenesisAccount
from ledger.chain.header import Header
from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS, Address, Gas, Timestamp

CHAIN_ID = 77_077
GAS_LIMIT = Gas(120_000_000)


def make_genesis(alloc: dict[Address, GenesisAccount] | None = None, gas_limit: Gas = GAS_LIMIT) -> Genesis:
    beacon = GenesisAccount(nonce=1, code=BEACON_ROOTS_CODE)
    return Genesis(CHAIN_ID, Timestamp(1_700_000_000), gas_limit, {BEACON_ROOTS_ADDRESS: beacon, **(alloc or {})})


def attributes_after(parent: Header, seconds: int = 1, fee_recipient: Address = ZERO_ADDRESS) -> BlockAttributes:
    return BlockAttributes(Timestamp(parent.timestamp + seconds), fee_recipient, b"", parent.gas_limit)
