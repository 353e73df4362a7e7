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
from ledger.primitives import Address, Hash32
from ledger.system import SystemContract
from node.consensus.comet.told import Told
from node.decoding import decode_once
from node.mempool import Mempool, MempoolError
from node.permissions import StatePermissions

KEPT_NONCES = 50_000

log = logging.getLogger(__name__)


@runtime_checkable
class ManySenders(Protocol):
    """A state that answers for many senders as fast as for one."""

    def fetch_nonces(self, senders: Iterable[Address]) -> None: ...


class Checked(NamedTuple):
    """Shape `reason`: None admits the transaction; `gas`: its limit, 0 where it could not be read."""

    reason: str | None
    gas: int = 0


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
        self._told = Told()
        self._included: set[Hash32] = set()
        # A sender's nonce changes by its own transactions alone, all of which pass by in `on_head`.
        self._nonces: dict[Address, int] = {}
        self._block_hash: Hash32 | None = None
        self._permissions: tuple[Hash32, StatePermissions] | None = None

    def admit(self, raw: bytes) -> Checked:
        """Let a transaction wait here, which CometBFT has yet to be offered. The same one again changes nothing."""
        return self._check(raw, is_asked=False)

    def check(self, raw: bytes) -> Checked:
        """Tell CometBFT whether a transaction may wait. The same one again changes nothing."""
        with self._lock:
            # Permissions may have changed with the head, and all answers with them.
            self._permissions_of(self._engine.state())
            gas = self._told.again(raw)
        return Checked(None, gas) if gas is not None else self._check(raw, is_asked=True)

    def has_room(self) -> bool:
        """Whether CometBFT should hold more than it does."""
        with self._lock:
            return self._told.has_room

    def on_restart(self) -> None:
        """CometBFT was started anew and holds nothing: what waits is offered again, not taken for dropped."""
        with self._lock:
            self._told.forget_all()

    def doubtful(self, raws: Iterable[bytes]) -> list[bytes]:
        """Those that have to be looked at, before CometBFT is told whether they may wait."""
        with self._lock:
            return [raw for raw in raws if not self._told.holds(raw)]

    def _check(self, raw: bytes, *, is_asked: bool) -> Checked:
        try:
            # Recovering the sender takes longest, and needs nothing that the lock guards.
            transaction = decode_once(raw, self._chain_id)
        except BadInputError as error:
            return Checked(error.detail)
        with self._lock:
            # CometBFT may hold one that was admitted and then refused: it has to hear of that once.
            is_news = is_asked and transaction.hash not in self.mempool and self._told.forget(raw)
            reason = self.mempool.reason(transaction.hash) if is_news else None
            reason = reason or self._refuse(transaction)
            if is_asked and reason is None:
                self._told.note(transaction)
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

    def on_head(self, raws: Sequence[bytes]) -> None:
        """Note what stands in the new head. It leaves the mempool when its block is sealed, CometBFT's at once."""
        with self._lock:
            self._told.on_head(raws)
            for raw in raws:
                transaction = decode_once(raw, self._chain_id)
                self._included.add(transaction.hash)
                self._keep_nonce(transaction.sender, transaction.nonce + 1)
                if self.mempool.has_rival(transaction):
                    self._told.doubt()
            for transaction in self._told.unasked():
                if transaction.hash not in self._included:
                    self._told.forget(transaction.raw)
                    self._drop(transaction.hash, "mempool: dropped without having been in a block; send it again")

    def unplaced(self) -> list[Transaction]:
        """What was admitted and stands in no block yet, in the order in which it came."""
        with self._lock:
            return [waiting for waiting in self.mempool.waiting() if waiting.hash not in self._included]

    def is_something_unplaced(self) -> bool:
        """Whether `unplaced` would name anything."""
        with self._lock:
            return any(waiting not in self._included for waiting in self.mempool)

    def find(self, raw: bytes) -> Transaction | None:
        """A transaction that CometBFT holds."""
        with self._lock:
            return self._told.find(raw)

    def on_sealed(self, raws: Iterable[bytes]) -> None:
        """Forget transactions that are acknowledged now."""
        with self._lock:
            for raw in raws:
                transaction_hash = decode_once(raw, self._chain_id).hash
                self.mempool.remove([transaction_hash])
                self._included.discard(transaction_hash)
                self._told.forget(raw)

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
            self._keep_nonce(sender, state.nonce(sender))
        return self._nonces[sender]

    def _keep_nonce(self, sender: Address, nonce: int) -> None:
        if len(self._nonces) >= KEPT_NONCES:
            self._nonces.clear()
        self._nonces[sender] = nonce

    def _drop(self, transaction_hash: Hash32, reason: str) -> None:
        if transaction_hash in self.mempool:
            # It may leave a gap.
            self._told.doubt()
            self.mempool.refuse(transaction_hash, reason)

    def _permissions_of(self, state: StateView) -> StatePermissions:
        """What Permissions says, asked anew only once its storage has changed."""
        if self._permissions is None or self._block_hash != state.header.hash:
            root = state.proof(SystemContract.PERMISSIONS.address, ()).storage_root
            if self._permissions is None or self._permissions[0] != root:
                self._permissions = (root, StatePermissions(state))
                self._told.doubt()
            self._block_hash = state.header.hash
        return self._permissions[1]
