"""Accounts and storage during a block: values in dictionaries, one undo log, tries written once at the end.

The account and storage part of what py-evm's opcodes ask of a state (`eth.abc.StateAPI`).
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from ledger.chain.account import EMPTY_CODE_HASH, Account, account_key, decode_account, slot_key
from ledger.chain.header import EMPTY_ROOT
from ledger.chain.rlp import decode as decode_rlp
from ledger.chain.rlp import decode_int, encode_int
from ledger.chain.trie import MissingNodeError, NodeSource, Trie
from ledger.chain.trie_nodes import Link
from ledger.primitives import Address, Hash32, keccak256
from node.execution.pyevm.node_cache import STATE

EMPTY = Account()


class StateSource(NodeSource, Protocol):
    """Where nodes and codes come from, both by their hash."""


class Tops(Protocol):
    """Top nodes of tries that are in memory already."""

    def top(self, key: bytes, root: Hash32) -> Link: ...


class Storage:
    """One account's storage: `values` as read or written, `written` the slots to put into the trie."""

    __slots__ = ("root", "trie", "values", "written")

    def __init__(self, trie: Trie, root: Hash32) -> None:
        self.trie = trie
        self.root = root
        self.values: dict[int, int] = {}
        self.written: set[int] = set()


class Accounts:
    """Accounts by address, over a state root. `snapshot` and `revert` undo any number of steps."""

    def __init__(self, source: StateSource, state_root: Hash32, tops: Tops | None = None) -> None:
        self._source = source
        self._tops = tops
        self._trie = self._open_trie(STATE, state_root)
        self._accounts: dict[bytes, Account | None] = {}
        self._storages: dict[bytes, Storage] = {}
        self._codes: dict[bytes, bytes] = {}
        self._new_codes: set[bytes] = set()
        self._dirty: set[bytes] = set()
        # Undo log: (dictionary, key, old value), or (None, key, None) for a mark of warmth.
        self._journal: list[tuple[dict[Any, Any] | None, Any, Any]] = []
        self._warm: set[Any] = set()
        self._originals: dict[tuple[bytes, int], int] = {}

    def _open_trie(self, key: bytes, root: Hash32) -> Trie:
        return Trie(self._source, root, None if self._tops is None else self._tops.top(key, root))

    @property
    def state_trie(self) -> Trie:
        return self._trie

    def storage_trie(self, address: bytes) -> Trie:
        return self._storage(address).trie

    def known_accounts(self) -> Iterator[tuple[bytes, Account]]:
        """Accounts that were read or written and exist."""
        for address, account in self._accounts.items():
            if account is not None:
                yield address, account

    def known_storage(self, address: bytes) -> Iterable[tuple[int, int]]:
        """Slots of an account that were read or written, with their values."""
        storage = self._storages.get(address)
        return storage.values.items() if storage else ()

    def account(self, address: bytes) -> Account | None:
        try:
            return self._accounts[address]
        except KeyError:
            data = self._trie.get(account_key(Address(address)))
            account = self._accounts[address] = decode_account(data) if data else None
            return account

    def _put(self, address: bytes, account: Account | None) -> None:
        """Replace an account that was read before."""
        accounts = self._accounts
        self._journal.append((accounts, address, accounts[address]))
        accounts[address] = account
        self._dirty.add(address)

    def account_exists(self, address: bytes) -> bool:
        return self.account(address) is not None

    def account_is_empty(self, address: bytes) -> bool:
        account = self.account(address)
        return account is None or (account[0] == 0 and account[1] == 0 and account[3] == EMPTY_CODE_HASH)

    def has_code_or_nonce(self, address: bytes) -> bool:
        account = self.account(address)
        return account is not None and (account[0] != 0 or account[3] != EMPTY_CODE_HASH)

    def touch_account(self, address: bytes) -> None:
        if self.account(address) is None:
            self._put(address, EMPTY)

    def delete_account(self, address: bytes) -> None:
        if self.account(address) is not None:
            self.delete_storage(address)
            self._put(address, None)

    def get_balance(self, address: bytes) -> int:
        account = self.account(address)
        return account[1] if account else 0

    def set_balance(self, address: bytes, balance: int) -> None:
        account = self.account(address) or EMPTY
        self._put(address, Account(account[0], balance, account[2], account[3]))

    def delta_balance(self, address: bytes, delta: int) -> None:
        self.set_balance(address, self.get_balance(address) + delta)

    def get_nonce(self, address: bytes) -> int:
        account = self.account(address)
        return account[0] if account else 0

    def set_nonce(self, address: bytes, nonce: int) -> None:
        account = self.account(address) or EMPTY
        self._put(address, Account(nonce, account[1], account[2], account[3]))

    def increment_nonce(self, address: bytes) -> None:
        self.set_nonce(address, self.get_nonce(address) + 1)

    def get_code_hash(self, address: bytes) -> bytes:
        account = self.account(address)
        return account[3] if account else EMPTY_CODE_HASH

    def get_code(self, address: bytes) -> bytes:
        code_hash = self.get_code_hash(address)
        if code_hash == EMPTY_CODE_HASH:
            return b""
        code = self._codes.get(code_hash)
        if code is None:
            code = self._source.node(code_hash)
            if code is None:
                raise MissingNodeError(f"code {code_hash.hex()} is missing", node=code_hash.hex())
            self._codes[code_hash] = code
        return code

    def set_code(self, address: bytes, code: bytes) -> None:
        code_hash = keccak256(code)
        self._codes[code_hash] = code
        self._new_codes.add(code_hash)
        account = self.account(address) or EMPTY
        self._put(address, Account(account[0], account[1], account[2], code_hash))

    def _storage(self, address: bytes) -> Storage:
        storage = self._storages.get(address)
        if storage is None:
            account = self.account(address)
            root = account[2] if account else EMPTY_ROOT
            storage = self._storages[address] = Storage(self._open_trie(address, root), root)
        return storage

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:
        """Read a slot; without `from_journal`, as it was when the transaction began."""
        if not from_journal:
            original = self._originals.get((address, slot))
            if original is not None:
                return original
        storage = self._storage(address)
        try:
            return storage.values[slot]
        except KeyError:
            data = storage.trie.get(slot_key(slot))
            value = storage.values[slot] = decode_int(decode_rlp(data), "slot") if data else 0
            return value

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        old = self.get_storage(address, slot)
        storage = self._storages[address]
        self._originals.setdefault((address, slot), old)
        self._journal.append((storage.values, slot, old))
        storage.values[slot] = value
        storage.written.add(slot)
        self._dirty.add(address)

    def delete_storage(self, address: bytes) -> None:
        self._journal.append((self._storages, address, self._storage(address)))
        self._storages[address] = Storage(Trie(self._source), EMPTY_ROOT)
        account = self.account(address)
        if account is not None and account[2] != EMPTY_ROOT:
            self._put(address, Account(account[0], account[1], EMPTY_ROOT, account[3]))

    def snapshot(self) -> int:
        return len(self._journal)

    def revert(self, snapshot: int) -> None:
        journal = self._journal
        while len(journal) > snapshot:
            target, key, old = journal.pop()
            if target is None:
                self._warm.discard(key)
            else:
                target[key] = old

    def commit(self, snapshot: int) -> None:
        """Nothing to do: an undo log needs no work where nothing is undone."""

    def commit_tries(self, entries: dict[bytes, bytes]) -> tuple[Hash32, dict[bytes, tuple[Hash32, Link]]]:
        """Write what changed into the tries, once at the end of a block.

        Shape   new nodes and codes go to `entries`, by hash. Result: the state root, and the top node of each trie
                that changed, by address (`STATE` for the state trie).
        """
        tops: dict[bytes, tuple[Hash32, Link]] = {}
        for address in self._dirty:
            account = self.account(address)
            if account is not None:
                account = self._commit_account(address, account, entries, tops)
            self._trie.set(account_key(Address(address)), account.encode() if account else b"")
        root = self._trie.commit(entries)
        tops[STATE] = root, self._trie.top
        return root, tops

    def _commit_account(
        self, address: bytes, account: Account, entries: dict[bytes, bytes], tops: dict[bytes, tuple[Hash32, Link]]
    ) -> Account:
        if account.code_hash in self._new_codes:
            entries[account.code_hash] = self._codes[account.code_hash]
        storage = self._storages.get(address)
        if storage is None:
            return account
        if storage.written:
            for slot in storage.written:
                value = storage.values[slot]
                storage.trie.set(slot_key(slot), encode_int(value) if value else b"")
            storage.root = storage.trie.commit(entries)
        tops[address] = storage.root, storage.trie.top
        return Account(account.nonce, account.balance, storage.root, account.code_hash)
