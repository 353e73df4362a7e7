"""Which slots a bundle proves: a list that follows from the logs, so every exporter proves the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from ledger.abi import AbiError, ContractAbi, contract
from ledger.bundle.multiproof import Row
from ledger.bundle.names import RUN_SLOTS
from ledger.bundle.slots import (
    OUTCOME_SLOTS,
    SEALER_SLOTS,
    allocation_slots,
    balance_slot,
    count_slots,
    evidence_slots,
    outcome_slot,
    parameter_slot,
    payment_state_slot,
    tally_slots,
    terms_slot,
    word_slot,
)
from ledger.bundle.tables import MemoryTables, Tables
from ledger.chain.receipt import Log, Receipt
from ledger.founding.constitution import PARAMETERS
from ledger.primitives import Address, Hash32, to_word
from ledger.proofs.slots import question_slot, version_slot
from ledger.system import SystemContract
from ledger.voting.question import EffectKind

ReadWord = Callable[[Address, int], int]
"""A storage word of the state that is proved."""
Place = tuple[Address, int]
"""A contract, and the number of what is there."""
PLANNED = {
    SystemContract.BALLOTS: ("Opened", "Closed"),
    SystemContract.ALLOCATION: ("Allocated",),
    SystemContract.EQUAL_SHARES: ("Finalised",),
    SystemContract.CONSTITUTION: ("TermsSet",),
    SystemContract.EVIDENCE: ("Anchored",),
    SystemContract.TREASURY: ("Ordered",),
    SystemContract.JOURNAL: ("Line",),
}
"""Events that add to the plan. All others are passed over unread: they are nearly all that a ledger has."""


def read_log(abi: ContractAbi, log: Log) -> tuple[str, dict[str, object]] | None:
    """Name and values of an event, None for a log that is none of this contract's known events."""
    try:
        return abi.decode_log(log.topics, log.data)
    except AbiError:
        return None


class KnownContracts:
    """Addresses of the ledger's contracts by what they are; Directory names later versions."""

    def __init__(self) -> None:
        self.by_address: dict[Address, SystemContract] = {kind.address: kind for kind in SystemContract}

    def take(self, log: Log) -> None:
        """Take a log of Directory."""
        found = read_log(contract("Directory"), log)
        if found is None or found[0] != "Installed":
            return
        name = bytes(found[1]["name"]).rstrip(b"\0")  # type: ignore[call-overload]
        for kind in SystemContract:
            if kind.contract_name.encode() == name:
                self.by_address[Address(bytes(found[1]["account"]))] = kind  # type: ignore[call-overload]

    def of_kind(self, kind: SystemContract) -> list[Address]:
        return sorted(address for address, known in self.by_address.items() if known is kind)


class ProofPlan:
    """Follows receipts and says what to prove. Shape: `closes`: (contract, id), by height.

    `tables`: where what grows with the chain is kept; without them in memory.
    """

    def __init__(self, tables: Tables | None = None) -> None:
        tables = tables or MemoryTables()
        self.known = KnownContracts()
        self.closes: defaultdict[int, list[Place]] = defaultdict(list)
        self._questions = tables.table()
        self._allocated = tables.table()
        self._payments = tables.table()
        # currency (32 bytes), account (32)
        self._accounts = tables.table()
        self._terms = set(range(len(EffectKind)))
        self._documents = 0

    def take(self, height: int, receipts: Iterable[Receipt]) -> None:
        """Take the receipts of the next block."""
        for receipt in receipts:
            for log in receipt.logs:
                kind = self.known.by_address.get(log.address)
                if kind is SystemContract.DIRECTORY:
                    self.known.take(log)
                elif kind is not None:
                    self._take_log(height, kind, log)

    def _take_log(self, height: int, kind: SystemContract, log: Log) -> None:
        if log.topics[:1] not in _planned_topics(kind):
            return
        found = read_log(contract(kind.contract_name), log)
        if found is None:
            return
        name, values = found
        match name:
            case "Opened":
                self._questions.put(_key(log.address, values["id"]), b"")
            case "Closed":
                self.closes[height].append((log.address, _int(values["id"])))
            case "Allocated" | "Finalised":
                self._allocated.put(_key(log.address, values["id"]), b"")
            case "TermsSet":
                self._terms.add(_int(values["kind"]))
            case "Anchored":
                self._documents += 1
            case "Ordered":
                self._payments.put(_key(log.address, values["payment"]), b"")
            case "Line":
                self._accounts.put(_bytes(values["currency"]) + _bytes(values["account"]), b"")

    def heights(self, last: int) -> list[int]:
        """Heights with proofs, ascending."""
        return sorted({*self.closes, last})

    def rows(self, height: int, last: int, read: ReadWord) -> list[Row]:
        """All rows of a height, ascending. `read` gives words of the state after that block."""
        return sorted(set(self.iterate_rows(height, last, read)))

    def iterate_rows(self, height: int, last: int, read: ReadWord) -> Iterator[Row]:
        """The same in no order, some of them twice, a few in memory at a time."""
        for address, id_ in self.closes.get(height, ()):
            yield SystemContract.DIRECTORY.address, version_slot(address)
            yield from question_rows(address, id_, read)
        if height == last:
            yield from self._end_rows(read)

    def allocated(self) -> Iterator[Place]:
        """Questions with winners, and the contracts that picked them."""
        return (_place(key) for key, _ in self._allocated.rows())

    def _end_rows(self, read: ReadWord) -> Iterator[Row]:
        for address, kind in self.known.by_address.items():
            yield SystemContract.DIRECTORY.address, version_slot(address)
            for slot in count_slots(kind):
                yield address, slot
        for slot in SEALER_SLOTS:
            yield SystemContract.PERMISSIONS.address, slot
        for name in PARAMETERS:
            yield SystemContract.CONSTITUTION.address, parameter_slot(name)
        for number in self._terms:
            yield SystemContract.CONSTITUTION.address, terms_slot(number)
        for key, _ in self._accounts.rows():
            yield SystemContract.JOURNAL.address, balance_slot(Hash32(key[:32]), Hash32(key[32:]))
        for key, _ in self._payments.rows():
            address, number = _place(key)
            yield address, payment_state_slot(number)
        yield from self._decided_rows(read)

    def _decided_rows(self, read: ReadWord) -> Iterator[Row]:
        for number in range(1, self._documents + 1):
            for slot in evidence_slots(number):
                yield SystemContract.EVIDENCE.address, slot
        for key, _ in self._questions.rows():
            yield from question_rows(*_place(key), read)
        for address, id_ in self.allocated():
            for slot in allocation_slots(self.known.by_address[address], id_):
                yield address, slot


@cache
def _planned_topics(kind: SystemContract) -> frozenset[tuple[Hash32]]:
    abi = contract(kind.contract_name)
    return frozenset((abi.topic(name),) for name in PLANNED.get(kind, ()))


def question_rows(address: Address, id_: int, read: ReadWord) -> Iterator[Row]:
    """Hash, word, tally words and outcome of a question."""
    yield address, question_slot(id_)
    yield address, word_slot(id_)
    for slot in tally_slots(id_, read(address, word_slot(id_))):
        yield address, slot
    for i in range(OUTCOME_SLOTS):
        yield address, outcome_slot(id_) + i


def cut_runs(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows of each member."""
    for start in range(0, len(rows), RUN_SLOTS):
        yield rows[start : start + RUN_SLOTS]


def _key(address: Address, number: object) -> bytes:
    return address + to_word(_int(number))


def _place(key: bytes) -> Place:
    return Address(key[:20]), int.from_bytes(key[20:], "big")


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise AbiError(f"value: {value!r}, expected a number")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise AbiError(f"value: {value!r}, expected bytes")
    return value
