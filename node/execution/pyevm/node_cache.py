"""Trie nodes kept in memory from block to block, within a bound."""

from ledger.chain.trie import NodeSource
from ledger.chain.trie_nodes import Branch, Extension, Link, Node
from ledger.primitives import Hash32

NODE_LIMIT = 100_000
"""Nodes that may be loaded or made before the deep ones are let go: some 50 MiB."""
KEPT_DEPTH = 3
"""Levels of each trie that stay when deep nodes are let go."""

STATE = b""
"""Key of the state trie; storage tries are kept by the address of their account."""


class CountedNodes:
    """A node source that counts what it hands out."""

    def __init__(self, source: NodeSource) -> None:
        self._source = source
        self.count = 0

    def node(self, node_hash: bytes) -> bytes | None:
        self.count += 1
        return self._source.node(node_hash)


class NodeCache:
    """The top node of each trie of the head. What hangs below a top is shared with the tries that come after it."""

    def __init__(self, source: NodeSource, node_limit: int = NODE_LIMIT) -> None:
        self.nodes = CountedNodes(source)
        self._limit = node_limit
        self._tops: dict[bytes, tuple[Hash32, Link]] = {}

    def top(self, key: bytes, root: Hash32) -> Link:
        """Return the top node of a trie, or its root hash where it is not in memory."""
        found = self._tops.get(key)
        return found[1] if found is not None and found[0] == root else None

    def keep(self, tops: dict[bytes, tuple[Hash32, Link]], new_nodes: int) -> bool:
        """Keep the tries of a new head; True where the bound was reached and deep nodes were let go."""
        self._tops.update(tops)
        self.nodes.count += new_nodes
        if self.nodes.count <= self._limit:
            return False
        # Tries that this head did not touch are let go as a whole.
        self._tops = dict(tops)
        for _, top in tops.values():
            if not isinstance(top, bytes | None):
                _forget_below(top, KEPT_DEPTH)
        self.nodes.count = 0
        return True


def _forget_below(node: Node, depth: int) -> None:
    """Replace nodes that are deeper than `depth` by their hashes."""
    if isinstance(node, Branch):
        for at, child in enumerate(node.children):
            node.children[at] = _shortened(child, depth)
    elif isinstance(node, Extension):
        node.child = _shortened(node.child, depth)


def _shortened(child: Link, depth: int) -> Link:
    if child is None or isinstance(child, bytes):
        return child
    if depth == 0 and len(child.reference) == 33:
        return child.reference[1:]
    _forget_below(child, max(depth - 1, 0))
    return child
