"""Proofs against a real state: what holds passes, any altered part is refused."""

import random
from dataclasses import replace

import pytest
from trie import HexaryTrie

from ledger.chain.genesis import GenesisAccount, genesis_state
from ledger.chain.header import EMPTY_ROOT
from ledger.chain.trie import Trie
from ledger.ports import AccountProof
from ledger.primitives import ZERO_HASH, Address, Hash32, keccak256, to_word
from ledger.proofs.storage import ProofError, ProofMemo, prove_value, verify_proof
from node.execution.pyevm.engine import PyEvmEngine
from node.store.memory import MemoryStore
from tests.node.execution.ledgers import make_genesis

CONTRACT, SMALL, PERSON = Address(b"\xc0" * 20), Address(b"\xc1" * 20), Address(b"\xa0" * 20)
NOBODY = Address(b"\x0f" * 20)
SLOTS = range(0, 400, 2)


@pytest.fixture(scope="module")
def view():
    alloc = {
        CONTRACT: GenesisAccount(nonce=1, code=b"\x00", storage={slot: slot * slot + 1 for slot in SLOTS}),
        SMALL: GenesisAccount(nonce=1, code=b"\x00", storage={1: 5}),
        PERSON: GenesisAccount(balance=7),
    }
    alloc |= {Address(keccak256(to_word(number))[:20]): GenesisAccount(balance=number) for number in range(1, 300)}
    return PyEvmEngine(MemoryStore(), make_genesis(alloc)).state()


@pytest.fixture(scope="module")
def proof(view) -> AccountProof:
    return view.proof(CONTRACT, [0, 1, 6])


@pytest.mark.parametrize("address", [CONTRACT, SMALL, PERSON, NOBODY])
def test_verify_proof__made_by_the_view__holds(view, address: Address) -> None:
    made = view.proof(address, [0, 1, 2, 2**255])
    verify_proof(made, view.header.state_root)
    assert [value for _, value, _ in made.storage] == [view.storage(address, slot) for slot in (0, 1, 2, 2**255)]


def test_verify_proof__thousands_with_one_memo__all_hold(view) -> None:
    memo = ProofMemo()
    for slot in range(400):
        verify_proof(view.proof(CONTRACT, [slot]), view.header.state_root, memo)


def test_verify_proof__other_state_root__is_refused(view, proof: AccountProof) -> None:
    with pytest.raises(ProofError, match="account"):
        verify_proof(proof, Hash32(b"\1" * 32))


CHANGES = {
    "nonce": {"nonce": 2},
    "balance": {"balance": 1},
    "storage_root": {"storage_root": EMPTY_ROOT},
    "code_hash": {"code_hash": ZERO_HASH},
    "address": {"address": PERSON},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_verify_proof__altered_field__is_refused(view, proof: AccountProof, change: dict) -> None:
    with pytest.raises(ProofError):
        verify_proof(replace(proof, **change), view.header.state_root)


def test_verify_proof__altered_value_or_slot__is_refused(view, proof: AccountProof) -> None:
    for index, (slot, value, nodes) in enumerate(proof.storage):
        for entry in ((slot, value + 1, nodes), (slot + 2, value, nodes), (slot, 0 if value else 1, nodes)):
            storage = (*proof.storage[:index], entry, *proof.storage[index + 1 :])
            with pytest.raises(ProofError, match="slot"):
                verify_proof(replace(proof, storage=storage), view.header.state_root)


def altered_lists(nodes: tuple[bytes, ...]):
    """Every way to cut, lengthen or change a list of nodes by a little."""
    rng = random.Random(1)
    yield nodes[:-1]
    yield nodes[1:]
    yield (*nodes, nodes[-1])
    yield (*nodes, b"\x80")
    yield (nodes[0], *nodes)
    yield ()
    yield tuple(reversed(nodes))
    for index, node in enumerate(nodes):
        for _ in range(20):
            at = rng.randrange(len(node))
            changed = node[:at] + bytes([node[at] ^ (1 << rng.randrange(8))]) + node[at + 1 :]
            yield (*nodes[:index], changed, *nodes[index + 1 :])
        yield (*nodes[:index], node[:-1], *nodes[index + 1 :])
        yield (*nodes[:index], node + b"\0", *nodes[index + 1 :])


@pytest.mark.parametrize("with_memo", [False, True])
def test_verify_proof__altered_account_nodes__are_refused(view, proof: AccountProof, with_memo: bool) -> None:
    memo = ProofMemo() if with_memo else None
    if memo:
        verify_proof(proof, view.header.state_root, memo)
    for nodes in altered_lists(proof.account_proof):
        with pytest.raises(ProofError, match="account"):
            verify_proof(replace(proof, account_proof=nodes), view.header.state_root, memo)


@pytest.mark.parametrize("with_memo", [False, True])
def test_verify_proof__altered_storage_nodes__are_refused(view, proof: AccountProof, with_memo: bool) -> None:
    memo = ProofMemo() if with_memo else None
    if memo:
        verify_proof(proof, view.header.state_root, memo)
    for index, (slot, value, nodes) in enumerate(proof.storage):
        for changed in altered_lists(nodes):
            storage = (*proof.storage[:index], (slot, value, changed), *proof.storage[index + 1 :])
            with pytest.raises(ProofError, match="slot"):
                verify_proof(replace(proof, storage=storage), view.header.state_root, memo)


def test_verify_proof__absent_account__may_not_state_a_balance(view) -> None:
    absent = view.proof(NOBODY, [])
    verify_proof(absent, view.header.state_root)
    as_geth = replace(absent, storage_root=ZERO_HASH, code_hash=ZERO_HASH, storage=((1, 0, ()),))
    verify_proof(as_geth, view.header.state_root)
    for false in (
        replace(absent, balance=1),
        replace(as_geth, nonce=1),
        replace(as_geth, storage=((1, 5, ()),)),
        replace(as_geth, storage=((1, 0, (b"\x80",)),)),
    ):
        with pytest.raises(ProofError):
            verify_proof(false, view.header.state_root)


class LibraryNodes:
    """Nodes of a trie of the `trie` library."""

    def __init__(self, library: HexaryTrie) -> None:
        self.node = library.db.get


def test_prove_value__random_tries__agrees_with_the_trie_library() -> None:
    for seed in range(30):
        rng = random.Random(seed)
        library = HexaryTrie({})
        keys = [keccak256(bytes([number])) for number in range(40)]
        for key in keys[: rng.randrange(1, 40)]:
            library[key] = rng.randbytes(rng.choice([1, 2, 31, 40]))
        view_keys = keys + [keccak256(bytes([0, number])) for number in range(10)]
        trie = Trie(LibraryNodes(library), Hash32(library.root_hash))
        for key in view_keys:
            found = prove_value(Hash32(library.root_hash), key, trie.proof(key), ProofMemo())
            assert (found or b"") == library.get(key) == trie.get(key)


def test_genesis_state__entries__hold_every_node_of_the_proofs(view) -> None:
    _, entries = genesis_state(make_genesis({PERSON: GenesisAccount(balance=7)}))
    assert all(keccak256(data) == node_hash for node_hash, data in entries.items())
