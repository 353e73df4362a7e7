"""The trie against the `trie` library: roots, values, proofs, sharing."""

import random

import pytest
import rlp as library_rlp
from trie import HexaryTrie

from ledger.chain.header import EMPTY_ROOT
from ledger.chain.rlp import BadRlpError, encode_int
from ledger.chain.trie import MissingNodeError, NoNodes, Trie, list_root
from ledger.chain.trie_nodes import BadNodeError, decode_path, encode_path, parse_node
from ledger.primitives import Hash32, keccak256


class Nodes(dict):
    """Committed nodes by hash."""

    def node(self, node_hash: bytes) -> bytes | None:
        return self.get(node_hash)


def keys_for(rng: random.Random) -> list[bytes]:
    """Short keys that end inside each other, or hashed ones."""
    size = rng.choice([1, 2, 3, 32])
    if size == 32:
        return [keccak256(bytes([rng.randrange(60)])) for _ in range(60)]
    return [bytes(rng.choice([0, 1, 16, 17, 255]) for _ in range(size)) for _ in range(60)]


def library_proof(library: HexaryTrie, key: bytes) -> tuple[bytes, ...]:
    """The library's proof without nodes that stand inside their parents, and without the end mark."""
    nodes = [library_rlp.encode(node) for node in library.get_proof(key)]
    return tuple(node for at, node in enumerate(nodes) if (len(node) >= 32 or at == 0) and node != b"\x80")


@pytest.mark.parametrize("seed", range(60))
def test_trie__random_writes_and_deletes__same_as_the_library(seed: int) -> None:
    rng = random.Random(seed)
    library, nodes = HexaryTrie({}), Nodes()
    trie, keys, expected = Trie(nodes), keys_for(rng), {}
    for _ in range(120):
        key = rng.choice(keys)
        value = b"" if rng.random() < 0.35 else bytes(rng.randrange(1, 256) for _ in range(rng.choice([1, 2, 31, 60])))
        trie.set(key, value)
        expected[key] = value
        if value:
            library[key] = value
        elif key in library:
            del library[key]
        if rng.random() < 0.3:
            new: dict[bytes, bytes] = {}
            root = trie.commit(new)
            assert root == library.root_hash
            assert all(keccak256(data) == node_hash for node_hash, data in new.items())
            nodes.update(new)
            if rng.random() < 0.5:
                trie = Trie(nodes, root)
            asked = rng.choice(keys)
            assert trie.proof(asked) == library_proof(library, asked)
        assert trie.get(key) == value
    assert all(trie.get(key) == expected.get(key, b"") for key in keys)


def test_trie__two_children_of_one_root__do_not_disturb_each_other() -> None:
    nodes = Nodes()
    parent = Trie(nodes)
    for number in range(200):
        parent.set(keccak256(bytes([number])), b"old")
    root = parent.commit(nodes)
    left, right = Trie(nodes, root, parent.top), Trie(nodes, root, parent.top)
    for number in range(100):
        left.set(keccak256(bytes([number])), b"left")
        right.set(keccak256(bytes([number])), b"")
    left_root = left.commit({})
    assert parent.commit({}) == root
    assert all(parent.get(keccak256(bytes([number]))) == b"old" for number in range(200))
    assert left.get(keccak256(b"\0")) == b"left"
    assert right.get(keccak256(b"\0")) == b""
    for number in range(100):
        left.set(keccak256(bytes([number])), b"old")
    assert left.commit({}) == root != left_root


def test_trie__everything_deleted__has_the_empty_root() -> None:
    trie = Trie(NoNodes())
    keys = [keccak256(bytes([number])) for number in range(50)]
    for key in keys:
        trie.set(key, b"x")
    for key in keys:
        trie.set(key, b"")
    assert trie.commit({}) == EMPTY_ROOT
    assert trie.proof(keys[0]) == ()


def test_trie__missing_node__is_named() -> None:
    missing = Hash32(b"\x01" * 32)
    with pytest.raises(MissingNodeError, match="0101"):
        Trie(NoNodes(), missing).get(b"key")


@pytest.mark.parametrize("count", [0, 1, 2, 17, 127, 128, 129, 300])
def test_list_root__items__as_the_library(count: int) -> None:
    library = HexaryTrie({})
    items = [bytes([1 + at % 255]) * (1 + at % 50) for at in range(count)]
    for at, item in enumerate(items):
        library[encode_int(at)] = item
    assert list_root(items) == library.root_hash


@pytest.mark.parametrize("path", ["", "0", "f", "0f", "abc", "1234"])
@pytest.mark.parametrize("is_leaf", [False, True])
def test_encode_path__any__decodes(path: str, is_leaf: bool) -> None:
    assert decode_path(encode_path(path, is_leaf)) == (path, is_leaf)


BAD_NODES = ["c0", "c3808080", "c24080", "c20180", "c220c0", "c22083", "d1" + "80" * 16 + "c0"]


@pytest.mark.parametrize("data", BAD_NODES)
def test_parse_node__no_node__is_refused(data: str) -> None:
    with pytest.raises((BadNodeError, BadRlpError)):
        parse_node(bytes.fromhex(data))
