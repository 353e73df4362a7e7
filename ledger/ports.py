"""The seams: what a node's parts, the API and the commands may ask of each other. `scripts/` wires them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from ledger.chain.header import Header
from ledger.chain.receipt import Log, Receipt
from ledger.chain.transaction import Transaction
from ledger.primitives import Address, Gas, Hash32, Height, Timestamp
from ledger.proofs.promise import Promise
from ledger.proofs.vouching import Vouching
from ledger.voting.checked import SignedChecked


@dataclass(frozen=True, slots=True)
class BlockAttributes:
    """The free fields of the next block; all others follow from parent and transactions."""

    timestamp: Timestamp
    fee_recipient: Address
    extra_data: bytes
    gas_limit: Gas


@dataclass(frozen=True, slots=True)
class Refusal:
    """A transaction left out of a block. `index` counts in the list that was given to `build`."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """A header and its transactions in EIP-2718 bytes. No uncles; withdrawals are always empty."""

    header: Header
    transactions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Executed:
    """A block that was executed once and may be made head; nothing of it is durable yet."""

    block: Block
    receipts: tuple[Receipt, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a read-only call returned. `output` holds the revert data when `success` is False.

    Units   `gas_used`: what a transaction with this call would use, less its intrinsic gas.
    """

    success: bool
    output: bytes
    gas_used: Gas


@dataclass(frozen=True, slots=True)
class AccountProof:
    """Merkle proofs of one account and of some of its storage slots, as `eth_getProof` has them.

    Shape   `account_proof`: RLP nodes from the state root down; `storage`: one entry per asked slot, in order:
            (slot, value, RLP nodes from the account's storage root down). Absence is proved by the same form.
    """

    address: Address
    nonce: int
    balance: int
    storage_root: Hash32
    code_hash: Hash32
    account_proof: tuple[bytes, ...]
    storage: tuple[tuple[int, int, tuple[bytes, ...]], ...]


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs are asked for: both heights inclusive; `topics` by position, None for any."""

    first: Height
    last: Height
    address: Address | None = None
    topics: tuple[Hash32 | None, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedLog:
    """A log with its place in the chain."""

    log: Log
    height: Height
    block_hash: Hash32
    transaction_hash: Hash32
    transaction_index: int
    log_index: int


class StateView(Protocol):
    """The state after one block, frozen: later blocks do not change what it answers."""

    @property
    def header(self) -> Header: ...

    def storage(self, address: Address, slot: int) -> int: ...

    def nonce(self, address: Address) -> int: ...

    def balance(self, address: Address) -> int: ...

    def code(self, address: Address) -> bytes: ...

    def call(self, to: Address, data: bytes, sender: Address = ..., gas: Gas = ...) -> CallResult: ...

    def proof(self, address: Address, slots: Sequence[int]) -> AccountProof: ...


class ChainReader(Protocol):
    """Reads a durable chain. Safe beside a writer: each answer comes from one consistent snapshot."""

    def head(self) -> Header: ...

    def header(self, height: Height) -> Header | None: ...

    def header_by_hash(self, block_hash: Hash32) -> Header | None: ...

    def block(self, height: Height) -> Block | None: ...

    def receipts(self, height: Height) -> tuple[Receipt, ...]: ...

    def receipt(self, height: Height, index: int) -> Receipt | None:
        """One receipt, without decoding those beside it."""
        ...

    def transaction_place(self, transaction_hash: Hash32) -> tuple[Height, int] | None: ...

    def state(self, height: Height | None = None) -> StateView: ...

    def logs(self, query: LogFilter) -> Iterable[PlacedLog]: ...

    def seal(self, height: Height) -> bytes | None: ...

    def extra_row(self, key: bytes) -> bytes | None: ...

    def scan_extra_rows(self, prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Rows whose keys begin with `prefix`, in the order of their keys; from `prefix + start` on."""
        ...


class BlockAdmission(Protocol):
    """Decides transaction by transaction what may stand in a block; made anew for every block from its parent's state.

    Source  docs/reference/formats.md, 7. `ledger/chain/admission.py` is the rule.
    """

    def refuse_before(self, transaction: Transaction) -> str | None:
        """The reason to leave it out, known before execution, or None. May be asked again before it is decided."""
        ...

    def refuse_after(self, transaction: Transaction, success: bool) -> str | None:
        """The reason to take it back, known from its receipt's status; None admits it and counts its quota."""
        ...

    def supposing(self) -> "BlockAdmission":
        """Another one that has decided the same until now, to find out what would be admitted after what."""
        ...


class ExecutionEngine(Protocol):
    """Executes blocks on top of the head. Two implementations agree bit for bit on every hash."""

    def head(self) -> Header: ...

    def build(
        self, transactions: Sequence[bytes], attributes: BlockAttributes, admission: BlockAdmission | None = None
    ) -> Executed:
        """Execute what can be executed and is admitted, in the given order; the rest comes back as refusals, and left
        no trace. Changes nothing.
        """
        ...

    def execute(self, block: Block, admission: BlockAdmission | None = None) -> Executed:
        """Execute somebody else's block on the head; InvalidBlockError names each header field that differs, or the
        transaction that may not stand in it.
        """
        ...

    def make_head(self, executed: Executed, extra_rows: Mapping[bytes, bytes] | None = None) -> None:
        """Make it the head, durably, in one step: after a crash the block is there whole or not at all.

        `extra_rows`: rows of the node's own that belong to the block; ChainReader.extra_row reads them.
        """
        ...

    def put_seal(self, height: Height, seal: bytes) -> None:
        """Keep a block's seal, durably; ChainReader.seal reads it."""
        ...

    def state(self) -> StateView:
        """The state after the head."""
        ...

    def state_after(self, executed: Executed) -> StateView:
        """The state after a block that `build` or `execute` returned for the present head, before it is made head."""
        ...


class EvidenceStore(Protocol):
    """Keeps files by CID. `get` raises EvidenceNotFoundError, and checks the bytes against the CID."""

    def add(self, data: bytes) -> str: ...

    def add_directory(self, files: dict[str, bytes]) -> str: ...

    def get(self, cid: str) -> bytes: ...

    def block(self, cid: str) -> bytes:
        """One block, checked, not put together with others."""
        ...

    def has(self, cid: str) -> bool: ...


class Clock(Protocol):
    """Where a proposer takes the time from; no validity rule reads one (rules of time: docs/reference/formats.md)."""

    def now(self) -> Timestamp: ...

    def propose(self, parent: Timestamp) -> Timestamp | None:
        """The time of the next block, or None while there can be none."""
        ...


class BallotRelay(Protocol):
    """Carries signed ballots to the chain; it has no say in what counts."""

    def submit(self, question_id: int, record: bytes, digest: Hash32) -> Future[Height]:
        """Take one ballot that the state accepts, as formats.md 5 writes its record. The same one again is harmless.

        Result  done with the height of the durable sealed block in which the ballot counts; it fails with
                BallotRefusedError where the chain came to refuse it.
        Errors  RelayBusyError where no more ballots can wait.
        """
        ...

    def promise(self, digest: Hash32) -> Promise:
        """The relay's signed word about a ballot that it has taken and that is in no block yet."""
        ...


class CheckedStore(Protocol):
    """Keeps statements of voters that they checked their ballots: one for each question and seat, the newest."""

    def put(self, sequence: int, signed: SignedChecked) -> bool:
        """Keep a statement that holds, durably; one about an earlier ballot of the seat makes way.

        Shape   `sequence`: of its ballot. Result: False where it is kept already.
        Errors  StatementsNotKeptError.
        """
        ...

    def scan(
        self, question: Hash32, first_seat: int = 0, limit: int | None = None
    ) -> Sequence[tuple[int, SignedChecked]]:
        """Statements of a question with the sequences of their ballots, by ascending seat."""
        ...


class WitnessSource(Protocol):
    """Knows what witnesses said of this chain. It answers at once, from what it heard before."""

    def vouchings(self) -> Sequence[Vouching]: ...

    def faults(self) -> Mapping[str, str]:
        """Each place that is asked, by the name that people may see, with why it gave nothing; empty if it did."""
        ...
