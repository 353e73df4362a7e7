"""A node's engine for the crash test: checks the store it opens, then makes blocks until it is killed.

Prints `OPEN height`, and for each block `COMMIT height` before and `DONE height` after it is durable.
"""

import sys
from pathlib import Path

from ledger.chain.account import EMPTY_CODE_HASH, decode_account
from ledger.chain.genesis import GenesisAccount
from ledger.chain.header import EMPTY_ROOT
from ledger.chain.transaction import decode_transaction, sign_transaction
from ledger.chain.trie_nodes import Branch, Extension, Leaf, parse_node
from ledger.primitives import Address, keccak256
from node.execution.pyevm.engine import PyEvmEngine, open_reader
from node.store.lmdb_store import LmdbStore
from node.store.opening import StoredNodes
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis

TRANSACTIONS = 30
COUNTER = Address(b"\xc0" * 20)
# Adds one to slot 0 and logs an empty event.
ALLOC = {COUNTER: GenesisAccount(nonce=1, code=bytes.fromhex("5f546001015f555f5fa0"))}


def walk(nodes: StoredNodes, root: bytes) -> list[bytes]:
    """Values of a whole trie; every node must be there and have its hash."""
    waiting, values = [root] if root != EMPTY_ROOT else [], []
    while waiting:
        link = waiting.pop()
        if isinstance(link, bytes):
            data = nodes.node(link)
            assert keccak256(data) == link
            link = parse_node(data)
        if isinstance(link, Leaf):
            values.append(link.value)
        elif isinstance(link, Extension):
            waiting.append(link.child)
        elif isinstance(link, Branch):
            waiting.extend(child for child in link.children if child is not None)
    return values


def check(store: LmdbStore, engine: PyEvmEngine) -> None:
    """The head's block, its rows, its seal or that of its parent, and the whole state."""
    reader, nodes = open_reader(store, CHAIN_ID), StoredNodes(store)
    head = engine.head()
    block = reader.block(head.number)
    for index, raw in enumerate(block.transactions):
        assert reader.transaction_place(decode_transaction(raw, CHAIN_ID).hash) == (head.number, index)
    assert head.number < 2 or reader.seal(head.number - 1) == b"seal %d" % (head.number - 1)
    assert head.number < 1 or reader.extra_row(b"count") == b"%d" % (head.number * TRANSACTIONS)
    assert engine.state().storage(COUNTER, 0) == head.number * TRANSACTIONS
    for value in walk(nodes, head.state_root):
        account = decode_account(value)
        walk(nodes, account.storage_root)
        assert account.code_hash == EMPTY_CODE_HASH or keccak256(nodes.node(account.code_hash)) == account.code_hash


def say(event: str, height: int) -> None:
    sys.stdout.write(f"{event} {height}\n")
    sys.stdout.flush()


def main(path: Path) -> None:
    store = LmdbStore(path, map_bytes=1 << 30)
    engine = PyEvmEngine(store, make_genesis(ALLOC))
    check(store, engine)
    say("OPEN", engine.head().number)
    while True:
        height = engine.head().number + 1
        raws = [
            sign_transaction(
                (height * 1000 + voter).to_bytes(32, "big"),
                chain_id=CHAIN_ID,
                nonce=0,
                to=COUNTER,
                gas_limit=100_000,
            )
            for voter in range(TRANSACTIONS)
        ]
        executed = engine.build(raws, attributes_after(engine.head()))
        say("COMMIT", height)
        engine.make_head(executed, {b"count": b"%d" % (height * TRANSACTIONS)})
        engine.put_seal(height, b"seal %d" % height)
        say("DONE", height)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
