"""A state as rows in the order of its trie: each account, then its slots; and back to nodes, codes and a root."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.bundle.errors import BundleError
from ledger.bundle.frames import split_items
from ledger.chain.account import EMPTY_CODE_HASH, Account, decode_account
from ledger.chain.header import EMPTY_ROOT
from ledger.chain.rlp import BadRlpError, decode_fixed, decode_int, decode_list, encode_bytes, encode_int, encode_list
from ledger.chain.trie import MissingNodeError, NodeSource
from ledger.chain.trie_nodes import Branch, Extension, Leaf, Link, parse_node
from ledger.primitives import Hash32, keccak256
from ledger.snapshot.errors import SnapshotError
from ledger.snapshot.ordered_trie import OrderedTrie

MEMBER_BYTES = 1 << 22
"""A member of the state is closed once it has so many bytes."""
MAX_ROW = 1 << 16
"""An account with the longest code that a contract may have takes 24,700 bytes."""
UINT64 = 1 << 64


def iterate_leaves(source: NodeSource, root: Hash32) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a trie, ascending. Errors: MissingNodeError."""
    waiting: list[tuple[Link, str]] = [(None if root == EMPTY_ROOT else root, "")]
    while waiting:
        link, path = waiting.pop()
        if isinstance(link, bytes):
            data = source.node(link)
            if data is None:
                raise MissingNodeError(f"trie node {link.hex()} is missing", node=link.hex())
            link = parse_node(data)
        if isinstance(link, Branch):
            waiting.extend((link.children[at], f"{path}{at:x}") for at in reversed(range(16)))
        elif isinstance(link, Extension):
            waiting.append((link.child, path + link.path))
        elif isinstance(link, Leaf):
            yield bytes.fromhex(path + link.path), link.value


def iterate_rows(source: NodeSource, root: Hash32) -> Iterator[bytes]:
    """All rows of a state (docs/reference/snapshot.md, 3). `source`: nodes and codes. Errors: MissingNodeError."""
    for key, value in iterate_leaves(source, root):
        account = decode_account(value)
        code = b"" if account.code_hash == EMPTY_CODE_HASH else source.node(account.code_hash)
        if code is None:
            raise MissingNodeError(f"code {account.code_hash.hex()} is missing", node=account.code_hash.hex())
        fields = (encode_bytes(key), encode_int(account.nonce), encode_int(account.balance), encode_bytes(code))
        yield encode_list(fields)
        for slot, word in iterate_leaves(source, account.storage_root):
            yield encode_list((encode_bytes(slot), word))


def cut_rows(rows: Iterable[bytes]) -> Iterator[bytes]:
    """The contents of members, each with whole rows."""
    held: list[bytes] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row)
        if size >= MEMBER_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


@dataclass(slots=True)
class _OpenAccount:
    key: bytes
    nonce: int
    balance: int
    code_hash: Hash32
    storage: OrderedTrie
    last_slot: bytes = b""


class StateBuilder:
    """Makes a state out of members' contents, in their order. Shape: `accounts`, `slots`: how many there were.

    Errors  SnapshotError for rows that are not canonical, twice, or out of order.
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, bytes] = {}
        self._trie = OrderedTrie(self._entries)
        self._account: _OpenAccount | None = None
        self.accounts = 0
        self.slots = 0

    def take(self, content: bytes, place: str) -> dict[bytes, bytes]:
        """Take a member; nodes and codes, by hash, that are finished by it."""
        try:
            for item in split_items(content, place):
                if len(item) > MAX_ROW:
                    raise SnapshotError(f"{place}: row of {len(item)} bytes, expected at most {MAX_ROW}")
                self._take_row(item, place)
        except (BundleError, BadRlpError) as error:
            raise SnapshotError(f"{place}: {error.detail}") from error
        return self._drain()

    def finish(self) -> tuple[Hash32, dict[bytes, bytes]]:
        """The state's root, and the last nodes."""
        self._close_account()
        return self._trie.root(), self._drain()

    def _drain(self) -> dict[bytes, bytes]:
        found = dict(self._entries)
        self._entries.clear()
        return found

    def _take_row(self, item: bytes, place: str) -> None:
        fields = decode_list(item)
        if len(fields) == 2:
            key, value = decode_fixed(fields[0], "slot", 32), decode_int(fields[1], "value")
            self._take_slot(key, value, place)
            return
        fields = decode_list(item, 4)
        key, code = decode_fixed(fields[0], "account", 32), fields[3]
        nonce, balance = decode_int(fields[1], "nonce", UINT64), decode_int(fields[2], "balance")
        if not isinstance(code, bytes):
            raise BadRlpError("code: found a list, expected a byte string")
        self._open_account(key, nonce, balance, code, place)

    def _open_account(self, key: bytes, nonce: int, balance: int, code: bytes, place: str) -> None:
        if self._account is not None and key <= self._account.key:
            raise SnapshotError(f"{place}: account {key.hex()}: twice or out of order, expected ascending ones")
        self._close_account()
        code_hash = keccak256(code)
        if code:
            self._entries[code_hash] = code
        self._account = _OpenAccount(key, nonce, balance, code_hash, OrderedTrie(self._entries))
        self.accounts += 1

    def _take_slot(self, key: bytes, value: int, place: str) -> None:
        account = self._account
        if account is None:
            raise SnapshotError(f"{place}: slot {key.hex()}: before any account")
        if key <= account.last_slot or not value:
            raise SnapshotError(
                f"{place}: slot {key.hex()} of account {account.key.hex()}: zero, twice or out of order, expected "
                "ascending ones with a value"
            )
        account.last_slot = key
        account.storage.add(key, encode_int(value))
        self.slots += 1

    def _close_account(self) -> None:
        account = self._account
        if account is not None:
            record = Account(account.nonce, account.balance, account.storage.root(), account.code_hash)
            self._trie.add(account.key, record.encode())
