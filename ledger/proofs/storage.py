"""Checks Merkle proofs of accounts and storage slots against a state root, as `eth_getProof` gives them.

A proof must hold exactly the nodes on its path: one too many, too few or altered is an error, so that a proof that
passes says one thing only.
"""

from ledger.chain.account import Account, account_key, slot_key
from ledger.chain.header import EMPTY_ROOT
from ledger.chain.rlp import encode_int
from ledger.chain.trie_nodes import Branch, Extension, Leaf, Link, Node, parse_node
from ledger.errors import BadInputError, CheckFailedError
from ledger.ports import AccountProof
from ledger.primitives import ZERO_HASH, Hash32, keccak256, to_hex

MEMO_NODES = 20_000
"""Branches that a memo keeps at most, about 40 MiB."""


_ABSENT_IN_GETH = Account(0, 0, ZERO_HASH, ZERO_HASH)
"""EIP-1186 asks for the empty hashes; geth states zeros."""


class ProofError(CheckFailedError):
    """A proof that does not prove what it states. `facts["part"]` names the account or slot."""

    type = "proof-fails"


class ProofMemo:
    """Branches that were hashed already, shared by proofs against one root: upper nodes are the same in all of them.

    A node is taken from here only if its bytes are equal to those that were hashed, so a memo cannot make a false
    proof pass, whatever it was used for before.
    """

    def __init__(self) -> None:
        self._nodes: dict[bytes, tuple[bytes, Branch]] = {}

    def find(self, node_hash: bytes, data: bytes) -> Branch | None:
        known = self._nodes.get(node_hash)
        return known[1] if known is not None and known[0] == data else None

    def keep(self, node_hash: bytes, data: bytes, node: Branch) -> None:
        if len(self._nodes) < MEMO_NODES:
            self._nodes[node_hash] = (data, node)


def verify_proof(proof: AccountProof, state_root: Hash32, memo: ProofMemo | None = None) -> None:
    """Check an account and its slots against a state root.

    Shape   absence is proved as well: an account that is not there must be stated as empty (nonce and balance 0, the
            empty storage root and code hash, or both zero as geth has them), a slot as 0.
    Errors  ProofError(part) on anything truncated, altered or superfluous.
    """
    memo = memo if memo is not None else ProofMemo()
    part = f"account {to_hex(proof.address)}"
    account = Account(proof.nonce, proof.balance, proof.storage_root, proof.code_hash)
    found = prove_value(state_root, account_key(proof.address), proof.account_proof, memo, part)
    if found is None:
        if account not in (Account(), _ABSENT_IN_GETH):
            raise ProofError(f"{part}: the proof shows that there is none, but fields are stated", part=part)
        account = Account()
    elif found != account.encode():
        raise ProofError(f"{part}: nonce, balance, storage root or code hash are not those of the proof", part=part)
    for slot, value, nodes in proof.storage:
        part = f"slot {slot:#x}"
        found = prove_value(account.storage_root, slot_key(slot), nodes, memo, part)
        if found != (encode_int(value) if value else None):
            # The value itself is not said: a word of ballots holds choices, a neighbour's too.
            raise ProofError(f"{part}: the stated value is not that of the proof", part=part)


def prove_value(
    root: Hash32, key: bytes, proof: tuple[bytes, ...], memo: ProofMemo, part: str = "proof"
) -> bytes | None:
    """Walk a proof from the root along a key; the value, or None where the proof shows that there is none.

    Errors  ProofError where a node is missing, altered, left over or no node.
    """
    if root == EMPTY_ROOT and not proof:
        return None
    path = key.hex()
    link: Link = root
    used = 0
    while isinstance(link, bytes):
        if used == len(proof):
            raise ProofError(f"{part}: proof ends after {used} nodes, expected node {link.hex()}", part=part)
        node: Link = _checked_node(link, proof[used], memo, part, used)
        used += 1
        while node is not None and not isinstance(node, bytes):
            if isinstance(node, Leaf) or not path:
                return _finish(node, path, used, proof, part)
            node, path = _descend(node, path)
        link = node
    if used != len(proof):
        raise ProofError(f"{part}: {len(proof) - used} nodes follow the last one on the path", part=part)
    return None


def _finish(node: Node, path: str, used: int, proof: tuple[bytes, ...], part: str) -> bytes | None:
    """The value at the node where the path ends."""
    if used != len(proof):
        raise ProofError(f"{part}: {len(proof) - used} nodes follow the last one on the path", part=part)
    if isinstance(node, Leaf):
        return node.value if node.path == path else None
    return (node.value or None) if isinstance(node, Branch) else None


def _descend(node: Branch | Extension, path: str) -> tuple[Link, str]:
    if isinstance(node, Branch):
        return node.children[int(path[0], 16)], path[1:]
    if not path.startswith(node.path):
        return None, path
    return node.child, path[len(node.path) :]


def _checked_node(node_hash: bytes, data: bytes, memo: ProofMemo, part: str, index: int) -> Node:
    known = memo.find(node_hash, data)
    if known is not None:
        return known
    if keccak256(data) != node_hash:
        raise ProofError(f"{part}: node {index} has another hash than its parent says", part=part, node=index)
    try:
        node = parse_node(data)
    except BadInputError as error:
        raise ProofError(f"{part}: node {index}: {error.detail}", part=part, node=index) from error
    if isinstance(node, Branch):
        memo.keep(node_hash, data, node)
    return node
