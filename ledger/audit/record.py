"""A block as the rules read it: its transactions decoded, its events named, its calls on demand."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ledger.abi import AbiError, contract
from ledger.bundle.plan import KnownContracts
from ledger.chain.header import Header
from ledger.chain.receipt import Receipt
from ledger.chain.transaction import Transaction
from ledger.primitives import Address
from ledger.system import SystemContract


@dataclass(frozen=True)
class Event:
    """A log of a known contract. Shape: `values` by field."""

    kind: SystemContract
    address: Address
    name: str
    values: dict[str, Any]


@dataclass
class AuditTransaction:
    """A transaction with its receipt. Shape: `decoded`: None where its bytes are none."""

    index: int
    raw: bytes
    decoded: Transaction | None
    receipt: Receipt
    known: KnownContracts
    events: list[Event] = field(default_factory=list)

    @cached_property
    def call(self) -> tuple[SystemContract, str, dict[str, Any]] | None:
        """Contract, entry and arguments, None for what calls no entry of a known contract."""
        if self.decoded is None or self.decoded.to is None:
            return None
        kind = self.known.by_address.get(self.decoded.to)
        if kind is None:
            return None
        try:
            entry, values = contract(kind.contract_name).decode_call(self.decoded.data)
        except AbiError:
            return None
        return kind, entry.name, values

    def arguments(self, event: Event, *entries: str) -> dict[str, Any] | None:
        """Arguments of the call that an event came from, None if another contract called."""
        if self.decoded is None or self.decoded.to != event.address or self.call is None:
            return None
        _, name, values = self.call
        return values if name in entries else None

    @cached_property
    def effects(self) -> list[Event]:
        """Executions that ended in this transaction."""
        return [e for e in self.events if e.kind is SystemContract.BALLOTS and e.name == "Executed"]


@dataclass(frozen=True, slots=True)
class AuditBlock:
    """A block whose header could be read."""

    header: Header
    transactions: tuple[AuditTransaction, ...]

    @property
    def height(self) -> int:
        return self.header.number

    @property
    def time(self) -> int:
        return self.header.timestamp


def name_events(transaction: AuditTransaction) -> None:
    """Fill `events`; a log of Directory takes effect on those behind it."""
    for log in transaction.receipt.logs:
        kind = transaction.known.by_address.get(log.address)
        if kind is None:
            continue
        try:
            name, values = contract(kind.contract_name).decode_log(log.topics, log.data)
        except AbiError:
            continue
        transaction.events.append(Event(kind, log.address, name, values))
        if kind is SystemContract.DIRECTORY:
            transaction.known.take(log)
