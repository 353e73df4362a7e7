"""Nodes of the trie in memory, and their encoding."""

from ledger.chain.rlp import RlpItem, decode_list, encode_bytes, encode_payload
from ledger.errors import BadInputError
from ledger.primitives import keccak256


class BadNodeError(BadInputError):
    """Bytes that are no node of a trie."""

    type = "bad-trie-node"


class Leaf:
    """The end of a path. `path` is a string of hexadecimal digits; `reference` is filled when the node is hashed."""

    __slots__ = ("path", "reference", "value")

    def __init__(self, path: str, value: bytes) -> None:
        self.path = path
        self.value = value
        self.reference = b""


class Extension:
    """A stretch of path that all keys below share."""

    __slots__ = ("child", "path", "reference")

    def __init__(self, path: str, child: "Link") -> None:
        self.path = path
        self.child = child
        self.reference = b""


class Branch:
    """Sixteen ways on, and the value of the key that ends here."""

    __slots__ = ("children", "reference", "value")

    def __init__(self, children: list["Link"], value: bytes) -> None:
        self.children = children
        self.value = value
        self.reference = b""


Node = Branch | Leaf | Extension
Link = bytes | Branch | Leaf | Extension | None
"""A node, the hash of a node that is not in memory, or nothing."""


def parse_node(data: bytes) -> Node:
    return node_from_items(decode_list(data))


def node_from_items(items: list[RlpItem]) -> Node:
    """Build a node from its decoded items; BadNodeError where they are no node."""
    if len(items) == 17:
        value = items[16]
        if not isinstance(value, bytes):
            raise BadNodeError("value of a branch is a list")
        return Branch([_link(item) for item in items[:16]], value)
    if len(items) != 2 or not isinstance(items[0], bytes):
        raise BadNodeError(f"node has {len(items)} items")
    path, is_leaf = decode_path(items[0])
    if not is_leaf:
        return Extension(path, _link(items[1]))
    if not isinstance(items[1], bytes):
        raise BadNodeError("value of a leaf is a list")
    return Leaf(path, items[1])


def _link(item: RlpItem) -> Link:
    if isinstance(item, bytes):
        if len(item) not in (0, 32):
            raise BadNodeError(f"reference of {len(item)} bytes")
        return item or None
    return node_from_items(item)


def encode_path(path: str, is_leaf: bool) -> bytes:
    """Pack hexadecimal digits with the flags for leaf and odd length."""
    if len(path) & 1:
        return bytes.fromhex(("3" if is_leaf else "1") + path)
    return bytes.fromhex(("20" if is_leaf else "00") + path)


def decode_path(packed: bytes) -> tuple[str, bool]:
    """Return the hexadecimal digits and whether they end in a leaf."""
    digits = packed.hex()
    if not digits or digits[0] not in "0123" or (digits[0] in "02" and digits[1] != "0"):
        raise BadNodeError(f"path {digits!r} has bad flags")
    flag = int(digits[0])
    return digits[1:] if flag & 1 else digits[2:], flag >= 2


def node_reference(link: Link, new_nodes: dict[bytes, bytes]) -> bytes:
    """How a parent refers to a node: by hash, or by the node itself when that is shorter than 32 bytes."""
    if link is None:
        return b"\x80"
    if isinstance(link, bytes):
        return b"\xa0" + link
    reference = link.reference
    if not reference:
        data = encode_node(link, new_nodes)
        if len(data) < 32:
            reference = data
        else:
            node_hash = keccak256(data)
            new_nodes[node_hash] = data
            reference = b"\xa0" + node_hash
        link.reference = reference
    return reference


def encode_node(node: Node, new_nodes: dict[bytes, bytes]) -> bytes:
    if isinstance(node, Branch):
        parts = [node_reference(child, new_nodes) for child in node.children]
        parts.append(encode_bytes(node.value))
        return encode_payload(b"".join(parts))
    if isinstance(node, Leaf):
        return encode_payload(encode_bytes(encode_path(node.path, True)) + encode_bytes(node.value))
    return encode_payload(encode_bytes(encode_path(node.path, False)) + node_reference(node.child, new_nodes))
