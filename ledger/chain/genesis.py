"""The first block of a ledger and the state it starts with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ledger.chain.account import EMPTY_CODE_HASH, Account, account_key, slot_key
from ledger.chain.header import Header
from ledger.chain.rlp import encode_int
from ledger.chain.trie import NoNodes, Trie
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Gas, Height, Timestamp, keccak256

BEACON_ROOTS_ADDRESS = Address(bytes.fromhex("000f3df6d732807ef1319fb7b8bb8522d0beac02"))
"""The contract of EIP-4788, which every block writes to."""
BEACON_ROOTS_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff8106"
    "90815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500"
)


@dataclass(frozen=True, slots=True)
class GenesisAccount:
    """An account that exists from the start. `storage`: slot to value; zero values are left out."""

    balance: int = 0
    nonce: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Genesis:
    """All that the first block follows from. The base fee is 0 and the Cancun rules hold from here on."""

    chain_id: int
    timestamp: Timestamp
    gas_limit: Gas
    alloc: Mapping[Address, GenesisAccount]
    extra_data: bytes = b""
    fee_recipient: Address = ZERO_ADDRESS

    @cached_property
    def header(self) -> Header:
        return genesis_state(self)[0]


def genesis_state(genesis: Genesis) -> tuple[Header, dict[bytes, bytes]]:
    """Compute the first header and, by hash, every trie node and code that the first state consists of."""
    entries: dict[bytes, bytes] = {}
    accounts = Trie(NoNodes())
    for address, account in genesis.alloc.items():
        storage = Trie(NoNodes())
        for slot, value in account.storage.items():
            storage.set(slot_key(slot), encode_int(value) if value else b"")
        code_hash = keccak256(account.code) if account.code else EMPTY_CODE_HASH
        if account.code:
            entries[code_hash] = account.code
        record = Account(account.nonce, account.balance, storage.commit(entries), code_hash)
        accounts.set(account_key(address), record.encode())
    header = Header(
        parent_hash=ZERO_HASH,
        fee_recipient=genesis.fee_recipient,
        state_root=accounts.commit(entries),
        number=Height(0),
        gas_limit=genesis.gas_limit,
        timestamp=genesis.timestamp,
        extra_data=genesis.extra_data,
    )
    return header, entries
