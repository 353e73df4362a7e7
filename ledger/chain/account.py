"""An account as it stands in the state trie, and the trie keys of accounts and slots."""

from typing import NamedTuple

from ledger.chain.header import EMPTY_ROOT
from ledger.chain.rlp import decode_fixed, decode_int, decode_list, encode_bytes, encode_int, encode_list
from ledger.primitives import Address, Hash32, keccak256, to_word

EMPTY_CODE_HASH = keccak256(b"")


class Account(NamedTuple):
    """The four fields of an account. An account that is not in the trie reads as the default."""

    nonce: int = 0
    balance: int = 0
    storage_root: Hash32 = EMPTY_ROOT
    code_hash: Hash32 = EMPTY_CODE_HASH

    def encode(self) -> bytes:
        return encode_list(
            [
                encode_int(self.nonce),
                encode_int(self.balance),
                encode_bytes(self.storage_root),
                encode_bytes(self.code_hash),
            ]
        )


def decode_account(data: bytes) -> Account:
    """Decode canonical bytes; BadRlpError names the field."""
    nonce, balance, storage_root, code_hash = decode_list(data, 4)
    return Account(
        decode_int(nonce, "nonce", 1 << 64),
        decode_int(balance, "balance"),
        Hash32(decode_fixed(storage_root, "storage root", 32)),
        Hash32(decode_fixed(code_hash, "code hash", 32)),
    )


def account_key(address: Address) -> Hash32:
    return keccak256(address)


def slot_key(slot: int) -> Hash32:
    return keccak256(to_word(slot))
