"""A trie from keys that come in their order: hashed on the way, so that only its right edge is in memory."""

from ledger.chain.header import EMPTY_ROOT
from ledger.chain.trie_nodes import Branch, Extension, Leaf, Link, Node, encode_node, node_reference
from ledger.primitives import Hash32, keccak256

_FOLD_ALL = -1


class OrderedTrie:
    """Takes keys of one length, ascending, and gives the root that `ledger.chain.trie.Trie` gives.

    Shape   nodes go to `entries` by hash as soon as no later key can change them. That keys ascend, the caller checks.
    """

    def __init__(self, entries: dict[bytes, bytes]) -> None:
        self._entries = entries
        self._open: list[tuple[int, Branch]] = []
        self._path = ""
        self._value = b""

    def add(self, key: bytes, value: bytes) -> None:
        path = key.hex()
        if self._path:
            self._fold(_shared_length(self._path, path))
        self._path, self._value = path, value

    def root(self) -> Hash32:
        """The root over all keys; nothing may be added afterwards."""
        if not self._path:
            return EMPTY_ROOT
        top = self._fold(_FOLD_ALL)
        reference = node_reference(top, self._entries)
        if len(reference) == 33:
            return Hash32(reference[1:])
        # A root is hashed even when it is shorter than a hash.
        data = encode_node(top, self._entries)
        root = keccak256(data)
        self._entries[root] = data
        return root

    def _fold(self, shared: int) -> Node:
        """Close what lies deeper than the path that the next key shares; what is closed hangs in an open branch."""
        path = self._path
        below: Branch | None = None
        depth = len(path)
        while self._open and self._open[-1][0] > shared:
            upper, branch = self._open.pop()
            self._hang(branch, path, upper, self._node(below, depth, upper + 1))
            below, depth = branch, upper
        node = self._node(below, depth, shared + 1)
        if shared != _FOLD_ALL:
            if not self._open or self._open[-1][0] < shared:
                self._open.append((shared, Branch([None] * 16, b"")))
            self._hang(self._open[-1][1], path, shared, node)
        return node

    def _node(self, below: Branch | None, depth: int, start: int) -> Node:
        """What stands at `start` of the path: the last key's leaf, or the branch at `depth` and the way to it."""
        if below is None:
            return Leaf(self._path[start:], self._value)
        return Extension(self._path[start:depth], below) if start < depth else below

    def _hang(self, branch: Branch, path: str, depth: int, node: Node) -> None:
        reference = node_reference(node, self._entries)
        child: Link = reference[1:] if len(reference) == 33 else node
        branch.children[int(path[depth], 16)] = child


def _shared_length(left: str, right: str) -> int:
    at = 0
    while left[at] == right[at]:
        at += 1
    return at
