"""What CometBFT's mempool may hold, and why the rest was refused."""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from ledger.chain.admission import Admission
from ledger.chain.transaction import Transaction
from ledger.errors import BadInputError, LedgerError
from ledger.ports import ExecutionEngine, StateView
from ledger.primitives import Address, Hash32, keccak256
from ledger.system import SystemContract
from node.decoding import decode_once
from node.mempool import Mempool, MempoolError
from node.permissions import StatePermissions

KEPT_NONCES = 50_000
GONE_AFTER = 2
"""Heads after which a transaction that CometBFT no longer asks about is taken for dropped by it."""


log = logging.getLogger(__name__)


@runtime_checkable
class ManySenders(Protocol):
    """A state that answers for many senders as fast as for one."""

    def fetch_nonces(self, senders: Iterable[Address]) -> None: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """Shape `reason`: None admits the transaction; `gas`: its limit, 0 where it could not be read."""

    reason: str | None
    gas: int = 0


class _Moment(NamedTuple):
    """Between two changes of what a check looks at. Units: heads, and transactions that left otherwise, so far."""

    head: int
    drops: int


@dataclass(frozen=True, slots=True)
class _Known:
    """The next nonce of the only sender that is asked about."""

    expected: int

    def nonce(self, _: Address) -> int:
        return self.expected


class TransactionChecks:
    """Keeps a mempool of its own beside CometBFT's, which it never sees: what was admitted, sender by sender.

    A transaction has to follow on the sender's nonce in the state or on one that waits: a gap is refused, and so is a
    second transaction of one nonce. CometBFT asks again about each transaction after each block (recheck).

    Threads  any; CometBFT holds its own mempool still while a block is committed.
    """

    def __init__(self, engine: ExecutionEngine, chain_id: int, mempool: Mempool) -> None:
        self.mempool = mempool
        self._engine = engine
        self._chain_id = chain_id
        self._lock = threading.Lock()
        self._now = _Moment(0, 0)
        self._asked: dict[Hash32, _Moment] = {}
        self._included: set[Hash32] = set()
        # A sender's nonce changes by its own transactions alone, all of which pass by in `on_head`.
        self._nonces: dict[Address, int] = {}
        self._block_hash: Hash32 | None = None
        self._permissions: tuple[Hash32, StatePermissions] | None = None

    def admit(self, raw: bytes) -> Checked:
        """Let a transaction wait here, which CometBFT has yet to be offered. The same one again changes nothing."""
        return self._check(raw, keccak256(raw), is_asked=False)

    def check(self, raw: bytes) -> Checked:
        """Tell CometBFT whether a transaction may wait. The same one again changes nothing."""
        transaction_hash = keccak256(raw)
        with self._lock:
            known = self.mempool.get(transaction_hash)
            if known is not None and self._asked.get(transaction_hash) == self._now:
                # Nothing has changed: most rechecks come after a consensus block that carried none of the ledger.
                return Checked(None, known.gas_limit)
        checked = self._check(raw, transaction_hash, is_asked=True)
        if checked.reason is None:
            with self._lock:
                self._asked[transaction_hash] = self._now
        return checked

    def _check(self, raw: bytes, transaction_hash: Hash32, *, is_asked: bool) -> Checked:
        with self._lock:
            known = self.mempool.get(transaction_hash)
        try:
            # Recovering the sender takes longest, and needs nothing that the lock guards.
            transaction = known or decode_once(raw, self._chain_id)
        except BadInputError as error:
            return Checked(error.detail)
        with self._lock:
            was_told = is_asked and known is None and self._was_told(transaction_hash)
            reason = self.mempool.reason(transaction_hash) if was_told else None
            reason = reason or self._refuse(transaction)
        return Checked(reason, transaction.gas_limit)

    def next_nonce(self, sender: Address) -> int:
        """The lowest nonce that no block has used."""
        with self._lock:
            return self._nonce_of(sender, self._engine.state())

    def foresee(self, raws: Sequence[bytes]) -> None:
        """Have the nonces of many senders ready, where the executor gives them in one answer."""
        try:
            self._fetch(raws)
        except LedgerError as error:
            log.info("nonces are asked for one by one: %s", error.detail)
        except Exception:
            # What is wrong with a transaction is found out, and said, when it is checked.
            log.exception("nonces are asked for one by one")

    def _fetch(self, raws: Sequence[bytes]) -> None:
        state = self._engine.state()
        if not isinstance(state, ManySenders):
            return
        senders = []
        for raw in raws:
            try:
                senders.append(decode_once(raw, self._chain_id).sender)
            except BadInputError:
                # It is refused, with the reason, when its turn comes.
                continue
        with self._lock:
            unknown = [sender for sender in senders if sender not in self._nonces]
        state.fetch_nonces(unknown)

    def refuse(self, transaction_hash: Hash32, reason: str) -> None:
        """Have a transaction leave the mempool at its next check, because no block can hold it."""
        with self._lock:
            self._drop(transaction_hash, reason)

    def on_head(self, raws: Iterable[bytes]) -> None:
        """Note what stands in the new head. It leaves the mempool when its block is sealed."""
        with self._lock:
            self._now = _Moment(self._now.head + 1, self._now.drops)
            for transaction_hash in map(keccak256, raws):
                self._included.add(transaction_hash)
                self._move_nonce(self.mempool.get(transaction_hash))
            oldest = self._now.head - GONE_AFTER
            gone = [h for h, asked in self._asked.items() if asked.head < oldest and h not in self._included]
            for transaction_hash in gone:
                del self._asked[transaction_hash]
                self._drop(transaction_hash, "mempool: dropped without having been in a block; send it again")

    def unplaced(self) -> list[Transaction]:
        """What was admitted and stands in no block yet, in the order in which it came."""
        with self._lock:
            return [waiting for waiting in self.mempool.waiting() if waiting.hash not in self._included]

    def on_sealed(self, raws: Iterable[bytes]) -> None:
        """Forget transactions that are acknowledged now."""
        with self._lock:
            hashes = [keccak256(raw) for raw in raws]
            self.mempool.remove(hashes)
            self._included.difference_update(hashes)
            for transaction_hash in hashes:
                self._asked.pop(transaction_hash, None)

    def admission(self, state: StateView) -> Admission:
        """The rule of admission after a state. Only for checks before execution: it may be shared by many blocks."""
        return Admission(self._permissions_of(state))

    def _refuse(self, transaction: Transaction) -> str | None:
        state = self._engine.state()
        reason = self.admission(state).refuse_before(transaction) or self._refuse_nonce(transaction, state)
        if reason is not None:
            self._drop(transaction.hash, reason)
            return reason
        try:
            self.mempool.add(transaction, _Known(self._nonces[transaction.sender]))
        except MempoolError as error:
            return error.detail
        return None

    def _was_told(self, transaction_hash: Hash32) -> bool:
        """True where CometBFT holds a transaction that was admitted and then refused: it has to hear of it once."""
        return self._asked.pop(transaction_hash, None) is not None

    def _refuse_nonce(self, transaction: Transaction, state: StateView) -> str | None:
        sender, nonce = transaction.sender, transaction.nonce
        expected = self._nonce_of(sender, state)
        if nonce < expected and transaction.hash not in self._included:
            return f"nonce: {nonce}, expected at least {expected}"
        if nonce > expected and not self.mempool.has_nonce(sender, nonce - 1):
            return f"nonce: {nonce} leaves a gap, expected {expected} or one that follows on what waits"
        return None

    def _nonce_of(self, sender: Address, state: StateView) -> int:
        if sender not in self._nonces:
            if len(self._nonces) >= KEPT_NONCES:
                self._nonces.clear()
            self._nonces[sender] = state.nonce(sender)
        return self._nonces[sender]

    def _move_nonce(self, included: Transaction | None) -> None:
        if included is None:
            # Somebody's nonce has changed, and reading on is cheaper than finding out whose.
            self._nonces.clear()
        else:
            self._nonces[included.sender] = included.nonce + 1

    def _drop(self, transaction_hash: Hash32, reason: str) -> None:
        if transaction_hash in self.mempool:
            # It may leave a gap.
            self._now = _Moment(self._now.head, self._now.drops + 1)
            self.mempool.refuse(transaction_hash, reason)

    def _permissions_of(self, state: StateView) -> StatePermissions:
        """What Permissions says, asked anew only once its storage has changed."""
        if self._permissions is None or self._block_hash != state.header.hash:
            root = state.proof(SystemContract.PERMISSIONS.address, ()).storage_root
            if self._permissions is None or self._permissions[0] != root:
                self._permissions = (root, StatePermissions(state))
            self._block_hash = state.header.hash
        return self._permissions[1]
