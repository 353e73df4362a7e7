"""Proofs of many slots at once against one state root: every node once (docs/reference/bundle.md, 5)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ledger.bundle.errors import BundleError
from ledger.chain.account import account_key, decode_account, slot_key
from ledger.chain.header import EMPTY_ROOT
from ledger.chain.rlp import (
    BadRlpError,
    RlpItem,
    decode_fixed,
    decode_int,
    decode_list,
    encode_bytes,
    encode_int,
    encode_list,
)
from ledger.chain.rlp import decode as decode_rlp
from ledger.chain.trie_nodes import Branch, Extension, Leaf, Link, Node, parse_node
from ledger.errors import BadInputError, CheckFailedError
from ledger.ports import AccountProof
from ledger.primitives import Address, Hash32, keccak256, to_hex

Row = tuple[Address, int]
"""An account's storage slot."""


class MultiproofError(CheckFailedError):
    """Nodes that do not prove the rows they stand with. `detail` names the account or slot."""

    type = "multiproof-fails"


@dataclass(frozen=True, slots=True)
class Multiproof:
    """Values at one height with the nodes that prove them. Shape: rows ascending; nodes ascending by their hash."""

    height: int
    values: tuple[tuple[Row, int], ...]
    nodes: tuple[bytes, ...]

    def encode(self) -> bytes:
        accounts: dict[Address, list[bytes]] = {}
        for (address, slot), value in self.values:
            accounts.setdefault(address, []).append(encode_list([encode_int(slot), encode_int(value)]))
        rows = [encode_list([encode_bytes(address), encode_list(slots)]) for address, slots in accounts.items()]
        nodes = [encode_bytes(node) for node in self.nodes]
        return encode_list([encode_int(self.height), encode_list(rows), encode_list(nodes)])


def make_multiproof(height: int, rows: Sequence[Row], prove: Callable[[Address, Sequence[int]], AccountProof]) -> bytes:
    """Prove rows, ascending ones. `prove`: as `StateView.proof`."""
    slots: dict[Address, list[int]] = {}
    for address, slot in rows:
        slots.setdefault(address, []).append(slot)
    proofs = {address: prove(address, wanted) for address, wanted in slots.items()}
    values = {(address, slot): value for address, proof in proofs.items() for slot, value, _ in proof.storage}
    nodes = {keccak256(node): node for proof in proofs.values() for node in _nodes_of(proof)}
    return Multiproof(
        height, tuple((row, values[row]) for row in rows), tuple(nodes[key] for key in sorted(nodes))
    ).encode()


def _nodes_of(proof: AccountProof) -> Iterable[bytes]:
    yield from proof.account_proof
    for _, _, nodes in proof.storage:
        yield from nodes


def decode_multiproof(data: bytes, place: str) -> Multiproof:
    """Errors  BundleError(`proof.form`) for what is not canonical."""
    try:
        height, accounts, nodes = decode_list(data, 3)
        values: list[tuple[Row, int]] = []
        for account in _items(accounts):
            address, slots = _items(account, 2)
            key = Address(decode_fixed(address, "account", 20))
            for slot in _items(slots):
                where, value = _items(slot, 2)
                values.append(((key, decode_int(where, "slot")), decode_int(value, "value")))
        read = tuple(_bytes(node) for node in _items(nodes))
        found = Multiproof(decode_int(height, "height", 10**12), tuple(values), read)
    except BadRlpError as error:
        raise BundleError("proof.form", f"{place}: {error.detail}") from error
    rows, keys = [row for row, _ in found.values], [keccak256(node) for node in found.nodes]
    is_ascending = all(a < b for a, b in pairwise(rows))
    is_ascending = is_ascending and all(a < b for a, b in pairwise(keys))
    if not is_ascending or found.encode() != data:
        raise BundleError("proof.form", f"{place}: rows or nodes are out of order, twice, or not canonical")
    return found


def verify_multiproof(proof: Multiproof, state_root: Hash32) -> None:
    """Walk from the state root to every row; every node is needed.

    Errors  MultiproofError.
    """
    nodes = {keccak256(node): node for node in proof.nodes}
    used: set[bytes] = set()
    roots: dict[Address, Hash32] = {}
    for (address, slot), value in proof.values:
        if address not in roots:
            found = _walk(nodes, used, state_root, account_key(address), f"account {to_hex(address)}")
            if found is None:
                raise MultiproofError(f"account {to_hex(address)}: there is none, expected one")
            roots[address] = decode_account(found).storage_root
        name = f"slot {slot:#x} of {to_hex(address)}"
        found = _walk(nodes, used, roots[address], slot_key(slot), name)
        proved = 0 if found is None else decode_int(decode_rlp(found), name)
        if proved != value:
            raise MultiproofError(f"{name}: value {value:#x}, the nodes say {proved:#x}")
    if len(used) != len(nodes):
        raise MultiproofError(f"{len(nodes) - len(used)} nodes prove nothing, expected none")


def _walk(nodes: dict[Hash32, bytes], used: set[bytes], root: Hash32, key: bytes, name: str) -> bytes | None:
    path = key.hex()
    link: Link = None if root == EMPTY_ROOT else root
    while link is not None:
        if isinstance(link, bytes):
            data = nodes.get(Hash32(link))
            if data is None:
                raise MultiproofError(f"{name}: node {link.hex()} is missing")
            used.add(link)
            node = _parse(data, name)
        else:
            node = link
        if isinstance(node, Leaf):
            return node.value if node.path == path else None
        link, path = _descend(node, path)
    return None


def _descend(node: Branch | Extension, path: str) -> tuple[Link, str]:
    """Keys here have one length, so a branch where the path ends holds nothing."""
    if isinstance(node, Branch):
        return (node.children[int(path[0], 16)], path[1:]) if path else (None, path)
    return (node.child, path[len(node.path) :]) if path.startswith(node.path) else (None, path)


def _parse(data: bytes, name: str) -> Node:
    try:
        return parse_node(data)
    except BadInputError as error:
        raise MultiproofError(f"{name}: {error.detail}") from error


def _items(item: RlpItem, count: int | None = None) -> list[RlpItem]:
    if not isinstance(item, list) or (count is not None and len(item) != count):
        raise BadRlpError(f"expected a list of {'items' if count is None else count}")
    return item


def _bytes(item: RlpItem) -> bytes:
    if not isinstance(item, bytes):
        raise BadRlpError("node: found a list, expected a byte string")
    return item
