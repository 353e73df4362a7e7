"""The ordered trie gives the root and the nodes of the trie that takes keys in any order."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.trie import NoNodes, Trie
from ledger.primitives import keccak256
from ledger.snapshot.ordered_trie import OrderedTrie

# Short keys share long paths; short values make nodes that stand inside their parents.
KEYS = st.one_of(
    st.dictionaries(st.binary(min_size=2, max_size=2), st.binary(min_size=1, max_size=40), max_size=60),
    st.dictionaries(st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=3), max_size=60),
)


def both(rows: dict[bytes, bytes]) -> tuple[tuple[bytes, dict[bytes, bytes]], tuple[bytes, dict[bytes, bytes]]]:
    free, ordered_nodes, free_nodes = Trie(NoNodes()), {}, {}
    ordered = OrderedTrie(ordered_nodes)
    for key in sorted(rows):
        ordered.add(key, rows[key])
        free.set(key, rows[key])
    return (ordered.root(), ordered_nodes), (free.commit(free_nodes), free_nodes)


@given(KEYS)
def test_ordered_trie__any_keys__has_the_root_and_nodes_of_the_free_one(rows: dict[bytes, bytes]) -> None:
    ordered, free = both(rows)
    assert ordered == free


def test_ordered_trie__many_hashed_keys__keeps_one_edge_in_memory() -> None:
    rows = {keccak256(n.to_bytes(4, "big")): n.to_bytes(4, "big") for n in range(1, 2_000)}
    ordered, free = both(rows)
    assert ordered == free
    entries: dict[bytes, bytes] = {}
    trie = OrderedTrie(entries)
    for key in sorted(rows):
        trie.add(key, rows[key])
        assert len(trie._open) < 10
