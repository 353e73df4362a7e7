"""One head, and what was read at it: answers are kept until there is a new head."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, TypeVar

from api.changes import Changes
from api.services import Services
from ledger.chain.header import Header
from ledger.money.account import fund_id
from ledger.ports import StateView
from ledger.primitives import Height, Timestamp
from ledger.system import SystemContract
from ledger.views.books import Books, BooksChangedError
from ledger.views.contracts import Contracts, load_contracts

T = TypeVar("T")

KEPT_ANSWERS = 512
KEPT_FACTS = 4096
KEPT_BLOCKS = 64


class Kept:
    """The newest answers by key. Any number of threads may ask.

    No lock is held while an answer is made, so a slow one holds up nobody; two threads may then make the same.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer kept under a key, made now if there is none; None is not kept."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                known: T = self._answers[key]
                return known
        answer = make()
        if answer is not None:
            with self._lock:
                self._answers[key] = answer
                if len(self._answers) > self._limit:
                    self._answers.popitem(last=False)
        return answer


class Snapshot:
    """The ledger as of one head.

    Shape   `answers`: kept for this head alone; `facts`: for what never changes once it stands in the chain; `blocks`:
            the same for blocks read whole, which are larger.
    """

    def __init__(self, services: Services, header: Header, memory: "Memory") -> None:
        self.services = services
        self.header = header
        self.facts = memory.facts
        self.blocks = memory.blocks
        self.answers = Kept(KEPT_ANSWERS)
        self._memory = memory

    @property
    def height(self) -> Height:
        return self.header.number

    @property
    def now(self) -> Timestamp:
        """The ledger's time: the wall's where it runs by the wall, else that of the head."""
        if self.services.founding.is_simulated:
            return self.header.timestamp
        return max(self.header.timestamp, self.services.clock.now())

    @property
    def state(self) -> StateView:
        return self.answers.once("state", lambda: self.services.chain.state(self.height))

    @property
    def contracts(self) -> Contracts:
        return self.answers.once("contracts", self._contracts)

    def _contracts(self) -> Contracts:
        installed = ((SystemContract.DIRECTORY, "Installed"),)
        return self.until_changed("contracts", installed, lambda: load_contracts(self.state))

    def until_changed(self, key: Hashable, events: Sequence[tuple[SystemContract, str]], make: Callable[[], T]) -> T:
        """An answer that holds until one of these events says otherwise."""
        changed = tuple(self.last_event(of, event) for of, event in events)
        return self.facts.once((key, changed), make)

    def last_event(self, of: SystemContract, event: str) -> int:
        """Height of the last event of a name up to this head; below 0 where it is not known."""
        return self._memory.changes.last(self.header, of, event)

    def with_books(self, read: Callable[[Books], T]) -> T:
        """Ask the books, which have followed the chain up to this head or a newer one. `read` must be quick."""
        return self._memory.shelf.read(self.header, read)


class BooksShelf:
    """The books, followed from one head to the next."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = Lock()
        self._books = self._new()

    def read(self, header: Header, ask: Callable[[Books], T]) -> T:
        with self._lock:
            try:
                self._books.follow(self._services.chain, header)
            except BooksChangedError:
                # The store was replaced under a running server: count from the beginning.
                self._books = self._new()
                self._books.follow(self._services.chain, header)
            return ask(self._books)

    def _new(self) -> Books:
        funds = self._services.founding.constitution.fund
        return Books({fund_id(fund.name): fund.name for fund in funds})


class Memory:
    """What is carried from one head to the next."""

    def __init__(self, services: Services) -> None:
        self.facts = Kept(KEPT_FACTS)
        self.blocks = Kept(KEPT_BLOCKS)
        self.changes = Changes(services.chain)
        self.shelf = BooksShelf(services)


class Snapshots:
    """Gives the snapshot of the newest head."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._memory = Memory(services)
        self._current: Snapshot | None = None

    def current(self) -> Snapshot:
        chain = self._services.chain
        header = chain.head()
        known = self._current
        if known is None or known.header.hash != header.hash:
            if known is not None and not self._is_kept(known.header):
                # The store was replaced under a running server: nothing that was read before holds.
                self._memory = Memory(self._services)
            known = Snapshot(self._services, header, self._memory)
            self._current = known
        return known

    def _is_kept(self, header: Header) -> bool:
        """Whether an earlier head still stands in the chain."""
        found = self._services.chain.header(header.number)
        return found is not None and found.hash == header.hash
