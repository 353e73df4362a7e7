"""The rows of a chain: which key holds what. Heights and indexes are big-endian, so that keys sort as they do.

```
meta                                   format version (4), genesis hash (32)
head                                   height (8) of the newest block
b height                               block hash (32), header RLP
t height / r height                    transactions / receipts of the block, packed
k block hash                           height
i transaction hash                     height, index in the block (4)
a address                              height of the newest block that it sent a transaction in, its nonce after it (8)
l address topic0 height tx log         index of the log in its receipt (4); tx and log (4 each) count in the block;
                                       topic0 is zero for a log without topics
n hash                                 trie node or contract code
s height                               seal of the block
x ...                                  rows of the node's own
```
"""

import struct
from collections.abc import Iterator, Mapping

from ledger.chain.header import Header
from ledger.chain.receipt import Receipt
from ledger.chain.transaction import Transaction
from ledger.ports import Block
from ledger.primitives import ZERO_HASH, Address, Hash32, Height
from node.store.packed import pack

FORMAT_VERSION = 2
META, HEAD = b"meta", b"head"
EXTRA = b"x"
NO_ITEMS = bytes(4)
"""A packed row without items: genesis has no transactions row."""


def height_bytes(height: int) -> bytes:
    return height.to_bytes(8, "big")


def header_key(height: int) -> bytes:
    return b"b" + height_bytes(height)


def transactions_key(height: int) -> bytes:
    return b"t" + height_bytes(height)


def receipts_key(height: int) -> bytes:
    return b"r" + height_bytes(height)


def block_hash_key(block_hash: bytes) -> bytes:
    return b"k" + block_hash


def transaction_key(transaction_hash: bytes) -> bytes:
    return b"i" + transaction_hash


def sender_key(address: Address) -> bytes:
    return b"a" + address


def node_key(node_hash: bytes) -> bytes:
    return b"n" + node_hash


def seal_key(height: int) -> bytes:
    return b"s" + height_bytes(height)


def seal_rows(height: int, seal: bytes, extra_rows: Mapping[bytes, bytes] | None) -> dict[bytes, bytes | None]:
    """A block's seal, and rows of the node's own that are written with it."""
    written: dict[bytes, bytes | None] = {EXTRA + key: value for key, value in (extra_rows or {}).items()}
    written[seal_key(height)] = seal
    return written


def log_prefix(address: Address, topic: bytes) -> bytes:
    return b"l" + address + topic


def meta_row(genesis_hash: Hash32) -> bytes:
    return struct.pack(">I", FORMAT_VERSION) + genesis_hash


def encode_place(height: int, index: int) -> bytes:
    return struct.pack(">QI", height, index)


def decode_place(row: bytes) -> tuple[Height, int]:
    height, index = struct.unpack(">QI", row)
    return Height(height), index


def encode_nonce(height: int, nonce: int) -> bytes:
    return struct.pack(">QQ", height, nonce)


def decode_nonce(row: bytes) -> tuple[Height, int]:
    height, nonce = struct.unpack(">QQ", row)
    return Height(height), nonce


def state_rows(entries: Mapping[bytes, bytes]) -> dict[bytes, bytes | None]:
    """Rows for trie nodes and codes, given by hash."""
    return {node_key(node_hash): data for node_hash, data in entries.items()}


def header_rows(header: Header) -> dict[bytes, bytes | None]:
    """Rows that make a header the head."""
    return {
        header_key(header.number): header.hash + header.encode(),
        block_hash_key(header.hash): height_bytes(header.number),
        HEAD: height_bytes(header.number),
    }


def block_rows(
    block: Block, transactions: tuple[Transaction, ...], receipts: tuple[Receipt, ...]
) -> dict[bytes, bytes | None]:
    """Rows of a block other than its state: header, body, receipts, places of transactions, senders, log index."""
    height = block.header.number
    rows = header_rows(block.header)
    rows[transactions_key(height)] = pack(block.transactions)
    rows[receipts_key(height)] = pack([receipt.encode() for receipt in receipts])
    for index, transaction in enumerate(transactions):
        rows[transaction_key(transaction.hash)] = encode_place(height, index)
        rows[sender_key(transaction.sender)] = encode_nonce(height, transaction.nonce + 1)
    rows.update(_log_rows(height, receipts))
    return rows


def _log_rows(height: Height, receipts: tuple[Receipt, ...]) -> Iterator[tuple[bytes, bytes]]:
    in_block = 0
    for index, receipt in enumerate(receipts):
        for in_receipt, log in enumerate(receipt.logs):
            topic = log.topics[0] if log.topics else ZERO_HASH
            place = struct.pack(">QII", height, index, in_block)
            yield log_prefix(log.address, topic) + place, struct.pack(">I", in_receipt)
            in_block += 1
