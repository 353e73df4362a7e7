"""One head, and what was read at it: answers are kept until there is a new head."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from api.services import Services
from ledger.chain.header import Header
from ledger.money.account import fund_id
from ledger.ports import StateView
from ledger.primitives import Height, Timestamp
from ledger.views.books import Books, BooksChangedError
from ledger.views.contracts import Contracts, load_contracts

T = TypeVar("T")

KEPT_ANSWERS = 512
KEPT_FACTS = 4096


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

    Shape   `answers`: kept for this head alone; `facts`: for what never changes once it stands in the chain.
    """

    def __init__(self, services: Services, header: Header, facts: Kept, shelf: "BooksShelf") -> None:
        self.services = services
        self.header = header
        self.facts = facts
        self.answers = Kept(KEPT_ANSWERS)
        self._shelf = shelf

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
        return self.answers.once("contracts", lambda: load_contracts(self.state))

    def with_books(self, read: Callable[[Books], T]) -> T:
        """Ask the books, which have followed the chain up to this head or a newer one. `read` must be quick."""
        return self._shelf.read(self.header, read)


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


class Snapshots:
    """Gives the snapshot of the newest head."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._facts = Kept(KEPT_FACTS)
        self._shelf = BooksShelf(services)
        self._current: Snapshot | None = None

    def current(self) -> Snapshot:
        header = self._services.chain.head()
        known = self._current
        if known is None or known.header.hash != header.hash:
            known = Snapshot(self._services, header, self._facts, self._shelf)
            self._current = known
        return known
