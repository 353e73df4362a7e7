"""Which slots a bundle proves: a list that follows from the logs, so every exporter proves the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
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
from ledger.chain.receipt import Log, Receipt
from ledger.founding.constitution import PARAMETERS
from ledger.primitives import Address, Hash32
from ledger.proofs.slots import question_slot, version_slot
from ledger.system import SystemContract
from ledger.voting.question import EffectKind

ReadWord = Callable[[Address, int], int]
"""A storage word of the state that is proved."""
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


@dataclass(slots=True)
class ProofPlan:
    """Follows receipts and says what to prove. Shape: `closes`, by height, and `allocated`: (contract, id)."""

    known: KnownContracts = field(default_factory=KnownContracts)
    closes: defaultdict[int, list[tuple[Address, int]]] = field(default_factory=lambda: defaultdict(list))
    _questions: list[tuple[Address, int]] = field(default_factory=list)
    allocated: set[tuple[Address, int]] = field(default_factory=set)
    _accounts: set[tuple[bytes, bytes]] = field(default_factory=set)
    _payments: list[tuple[Address, int]] = field(default_factory=list)
    _terms: set[int] = field(default_factory=lambda: set(range(len(EffectKind))))
    _documents: int = 0

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
                self._questions.append((log.address, _int(values["id"])))
            case "Closed":
                self.closes[height].append((log.address, _int(values["id"])))
            case "Allocated" | "Finalised":
                self.allocated.add((log.address, _int(values["id"])))
            case "TermsSet":
                self._terms.add(_int(values["kind"]))
            case "Anchored":
                self._documents += 1
            case "Ordered":
                self._payments.append((log.address, _int(values["payment"])))
            case "Line":
                self._accounts.add((_bytes(values["currency"]), _bytes(values["account"])))

    def heights(self, last: int) -> list[int]:
        """Heights with proofs, ascending."""
        return sorted({*self.closes, last})

    def rows(self, height: int, last: int, read: ReadWord) -> list[Row]:
        """All rows of a height, ascending. `read` gives words of the state after that block."""
        rows: set[Row] = set()
        for address, id_ in self.closes.get(height, ()):
            rows.add((SystemContract.DIRECTORY.address, version_slot(address)))
            rows.update(question_rows(address, id_, read))
        if height == last:
            rows.update(self._end_rows(read))
        return sorted(rows)

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
        for currency, account in self._accounts:
            yield SystemContract.JOURNAL.address, balance_slot(Hash32(currency), Hash32(account))
        for address, number in self._payments:
            yield address, payment_state_slot(number)
        yield from self._decided_rows(read)

    def _decided_rows(self, read: ReadWord) -> Iterator[Row]:
        for number in range(1, self._documents + 1):
            for slot in evidence_slots(number):
                yield SystemContract.EVIDENCE.address, slot
        for address, id_ in self._questions:
            yield from question_rows(address, id_, read)
        for address, id_ in self.allocated:
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


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise AbiError(f"value: {value!r}, expected a number")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise AbiError(f"value: {value!r}, expected bytes")
    return value
