"""When contracts last told of a change: what was read of one since then still holds."""

from threading import Lock

from ledger.abi import contract
from ledger.chain.header import Header
from ledger.ports import ChainReader, LogFilter
from ledger.primitives import Height
from ledger.system import SystemContract

Kind = tuple[SystemContract, str]


class Changes:
    """Follows events from one head to the next. Any number of threads may ask. Ask for rare events only: the first
    question about one reads all of them.

    Every entry that changes what is asked for here emits its event, so no event means no change.
    """

    def __init__(self, chain: ChainReader) -> None:
        self._chain = chain
        self._lock = Lock()
        self._followed: dict[Kind, tuple[int, int]] = {}

    def last(self, header: Header, of: SystemContract, event: str) -> int:
        """Height of the last event of this name up to a head, -1 if there was none.

        A head below one that was asked for before gets a number of its own, which no other head shares.
        """
        kind = (of, event)
        with self._lock:
            followed, last = self._followed.get(kind, (-1, -1))
            if header.number < followed:
                return -2 - header.number
            topics = (contract(of.contract_name).topic(event),)
            query = LogFilter(Height(followed + 1), header.number, of.address, topics)
            for placed in self._chain.logs(query) if followed < header.number else ():
                last = placed.height
            self._followed[kind] = (header.number, last)
            return last
