"""Opens a chain: writes the first block into an empty store, and checks that what is there is whole and one's own."""

import struct

from ledger.chain.header import Header, decode_header
from ledger.chain.trie import list_root
from ledger.errors import BadInputError
from ledger.primitives import Hash32, Height, keccak256
from node.store import rows
from node.store.errors import StoreDamagedError, StoreMismatchError
from node.store.packed import unpack
from node.store.ports import KeyValueStore


class StoredNodes:
    """Trie nodes and codes of a store, by hash."""

    def __init__(self, store: KeyValueStore) -> None:
        self._get = store.get

    def node(self, node_hash: bytes) -> bytes | None:
        return self._get(rows.node_key(node_hash))


def read_block_hash(store: KeyValueStore, number: int) -> Hash32 | None:
    row = store.get(rows.header_key(number))
    return None if row is None else Hash32(row[:32])


def open_chain(
    store: KeyValueStore, genesis: Header, entries: dict[bytes, bytes], *, has_states: bool = True
) -> Header:
    """Return the head; an empty store gets the genesis block in one commit first.

    Shape   `has_states`: False where the states after the blocks are kept elsewhere, by an executor of its own.
    Errors  StoreMismatchError names both genesis hashes or format versions; StoreDamagedError where the head's rows
            are missing or do not give its hashes.
    """
    meta = store.get(rows.META)
    if meta is None:
        if store.get(rows.HEAD) is not None:
            raise StoreDamagedError("store: it has a head but no format version")
        first = {**rows.state_rows(entries), **rows.header_rows(genesis), rows.META: rows.meta_row(genesis.hash)}
        store.commit(first)
        return genesis
    _check_meta(meta, genesis.hash)
    return _check_head(store, has_states)


def _check_meta(meta: bytes, genesis_hash: Hash32) -> None:
    (version,) = struct.unpack_from(">I", meta)
    if version != rows.FORMAT_VERSION:
        raise StoreMismatchError(
            f"store: format version {version}, expected {rows.FORMAT_VERSION}",
            found=version,
            expected=rows.FORMAT_VERSION,
        )
    if meta[4:] != genesis_hash:
        raise StoreMismatchError(
            f"store: it belongs to the ledger with genesis {meta[4:].hex()}, expected {genesis_hash.hex()}",
            found=meta[4:].hex(),
            expected=genesis_hash.hex(),
        )


def _check_head(store: KeyValueStore, has_states: bool) -> Header:
    """The head, whose header, body, receipts and state root must be there and fit each other."""
    height_row = store.get(rows.HEAD)
    height = Height(int.from_bytes(height_row or b"", "big"))
    row = store.get(rows.header_key(height))
    if height_row is None or row is None:
        raise StoreDamagedError("store: the head's header is missing")
    try:
        header = decode_header(row[32:])
        transactions = unpack(store.get(rows.transactions_key(height)) or rows.NO_ITEMS)
        receipts = unpack(store.get(rows.receipts_key(height)) or rows.NO_ITEMS)
    except (BadInputError, struct.error) as error:
        raise StoreDamagedError(f"store: block {height} cannot be read: {error}") from error
    found = {
        "hash": (header.hash, row[:32]),
        "transactions root": (list_root(transactions), header.transactions_root),
        "receipts root": (list_root(receipts), header.receipts_root),
    }
    if has_states:
        root_node = store.get(rows.node_key(header.state_root))
        if root_node is None:
            raise StoreDamagedError(
                f"store: block {height}: the node of its state root is missing, or geth keeps the states"
            )
        found["state root"] = (keccak256(root_node), header.state_root)
    for name, (computed, stated) in found.items():
        if computed != stated:
            raise StoreDamagedError(f"store: block {height}: rows give {name} {computed.hex()}, not {stated.hex()}")
    return header
