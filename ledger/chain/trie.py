"""The Merkle Patricia trie that roots states, transactions and receipts.

Nodes are never changed once they are shared: a write copies the path to the root, and hashes are computed only by
`commit`, once per new node. Two tries may therefore share most of their nodes, and a discarded one costs nothing.
"""

from collections.abc import Sequence
from typing import Protocol

from ledger.chain.header import EMPTY_ROOT
from ledger.chain.rlp import encode_int
from ledger.chain.trie_nodes import Branch, Extension, Leaf, Link, encode_node, node_reference, parse_node
from ledger.errors import LedgerError
from ledger.primitives import Hash32, keccak256

_NIBBLE = {digit: value for value, digit in enumerate("0123456789abcdef")}
_DIGIT = "0123456789abcdef"


class NodeSource(Protocol):
    """Where nodes that are not in memory come from."""

    def node(self, node_hash: bytes) -> bytes | None: ...


class MissingNodeError(LedgerError):
    """A node that the trie refers to is not in its source: the store is damaged or the state was never there."""

    type = "missing-node"


class NoNodes:
    """A source for tries that start empty."""

    def node(self, node_hash: bytes) -> bytes | None:  # noqa: ARG002
        return None


class Trie:
    """A mapping from byte keys to non-empty byte values with one root hash.

    Shape   `top`: the root node, its hash where it is not in memory, or None for an empty trie. It may be handed to
            another `Trie` of the same root.
    """

    __slots__ = ("source", "top")

    def __init__(self, source: NodeSource, root: Hash32 = EMPTY_ROOT, top: Link = None) -> None:
        self.source = source
        self.top: Link = top if top is not None else (None if root == EMPTY_ROOT else root)

    def load(self, node_hash: bytes) -> Branch | Leaf | Extension:
        data = self.source.node(node_hash)
        if data is None:
            raise MissingNodeError(f"trie node {node_hash.hex()} is missing", node=node_hash.hex())
        node = parse_node(data)
        node.reference = b"\xa0" + node_hash
        return node

    def get(self, key: bytes) -> bytes:
        """Return the value, or empty bytes. Loaded nodes stay in memory below their parent."""
        node, path = self.top, key.hex()
        if isinstance(node, bytes):
            node = self.top = self.load(node)
        while True:
            if isinstance(node, Branch):
                if not path:
                    return node.value
                at = _NIBBLE[path[0]]
                child = node.children[at]
                if isinstance(child, bytes):
                    child = node.children[at] = self.load(child)
                node, path = child, path[1:]
            elif isinstance(node, Leaf):
                return node.value if node.path == path else b""
            elif isinstance(node, Extension):
                if not path.startswith(node.path):
                    return b""
                path = path[len(node.path) :]
                if isinstance(node.child, bytes):
                    node.child = self.load(node.child)
                node = node.child
            else:
                return b""

    def set(self, key: bytes, value: bytes) -> None:
        """Set the value; empty bytes delete the key."""
        self.top = self._put(self.top, key.hex(), value) if value else self._delete(self.top, key.hex())

    def commit(self, new_nodes: dict[bytes, bytes]) -> Hash32:
        """Hash every new node once, add those nodes to `new_nodes` by hash, and return the root."""
        top = self.top
        if top is None:
            return EMPTY_ROOT
        if isinstance(top, bytes):
            return Hash32(top)
        reference = node_reference(top, new_nodes)
        if len(reference) == 33:
            return Hash32(reference[1:])
        # A root is hashed even when it is shorter than a hash.
        data = encode_node(top, new_nodes)
        root = keccak256(data)
        new_nodes[root] = data
        return root

    def proof(self, key: bytes) -> tuple[bytes, ...]:
        """Return the encoded nodes from the root towards the key, those inside their parents left out."""
        nodes: list[bytes] = []
        node, path = self.top, key.hex()
        while node is not None:
            if isinstance(node, bytes):
                node = self.load(node)
            data = encode_node(node, {})
            if len(data) >= 32 or not nodes:
                nodes.append(data)
            if isinstance(node, Leaf):
                break
            step = path[:1] if isinstance(node, Branch) else node.path
            if not step or not path.startswith(step):
                break
            node = node.children[_NIBBLE[step]] if isinstance(node, Branch) else node.child
            path = path[len(step) :]
        return tuple(nodes)

    def _put(self, node: Link, path: str, value: bytes) -> Branch | Leaf | Extension:
        if node is None:
            return Leaf(path, value)
        if isinstance(node, bytes):
            node = self.load(node)
        if isinstance(node, Branch):
            children = node.children.copy()
            if not path:
                return Branch(children, value)
            at = _NIBBLE[path[0]]
            children[at] = self._put(children[at], path[1:], value)
            return Branch(children, node.value)
        if isinstance(node, Leaf) and node.path == path:
            return Leaf(path, value)
        shared = _shared_length(node.path, path)
        if isinstance(node, Extension) and shared == len(node.path):
            return Extension(node.path, self._put(node.child, path[shared:], value))
        return _split(node, path, value, shared)

    def _delete(self, node: Link, path: str) -> Link:
        if node is None:
            return None
        if isinstance(node, bytes):
            node = self.load(node)
        if isinstance(node, Leaf):
            return None if node.path == path else node
        if isinstance(node, Extension):
            if not path.startswith(node.path):
                return node
            child = self._delete(node.child, path[len(node.path) :])
            return node if child is node.child else self._join(node.path, child)
        return self._delete_below(node, path)

    def _delete_below(self, node: Branch, path: str) -> Link:
        value, children = node.value, node.children
        if path:
            at = _NIBBLE[path[0]]
            child = children[at]
            if isinstance(child, bytes):
                child = children[at] = self.load(child)
            left = self._delete(child, path[1:])
            if left is child:
                return node
            children = children.copy()
            children[at] = left
        elif value:
            value = b""
        else:
            return node
        live = [at for at in range(16) if children[at] is not None]
        if len(live) + bool(value) >= 2:
            return Branch(children, value)
        if value:
            return Leaf("", value)
        return self._join(_DIGIT[live[0]], children[live[0]])

    def _join(self, prefix: str, node: Link) -> Link:
        """Merge what is left below a branch or extension into one node."""
        if isinstance(node, bytes):
            node = self.load(node)
        if isinstance(node, Leaf):
            return Leaf(prefix + node.path, node.value)
        if isinstance(node, Extension):
            return Extension(prefix + node.path, node.child)
        return None if node is None else Extension(prefix, node)


def _shared_length(left: str, right: str) -> int:
    size = min(len(left), len(right))
    for at in range(size):
        if left[at] != right[at]:
            return at
    return size


def _split(node: Leaf | Extension, path: str, value: bytes, shared: int) -> Branch | Extension:
    """Put a branch where the path of a leaf or extension and the new path part."""
    children: list[Link] = [None] * 16
    branch = Branch(children, b"")
    old = node.path
    if isinstance(node, Leaf):
        if shared == len(old):
            branch.value = node.value
        else:
            children[_NIBBLE[old[shared]]] = Leaf(old[shared + 1 :], node.value)
    elif isinstance(node, Extension):
        rest = old[shared + 1 :]
        children[_NIBBLE[old[shared]]] = Extension(rest, node.child) if rest else node.child
    if shared == len(path):
        branch.value = value
    else:
        children[_NIBBLE[path[shared]]] = Leaf(path[shared + 1 :], value)
    return Extension(path[:shared], branch) if shared else branch


def list_root(items: Sequence[bytes]) -> Hash32:
    """Root of a trie from the RLP of the index to the item: how headers root transactions and receipts."""
    trie = Trie(NoNodes())
    for index, item in enumerate(items):
        trie.set(encode_int(index), item)
    return trie.commit({})
