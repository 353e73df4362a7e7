"""The journal followed from its events: entries with their places, and each balance counted once more."""

from collections import defaultdict
from collections.abc import Sequence

from ledger.abi import contract
from ledger.money.account import Account, AccountKind
from ledger.money.recount import PostedEntry, read_entries
from ledger.ports import PlacedLog
from ledger.primitives import ZERO_HASH, Hash32
from ledger.views.money import EntryView


class JournalRecord:
    """Entries so far.

    Shape   `held`: what each account holds by the recount; `received`: income of each fund. `difference`: the first
            contradiction between an event and the recount, empty if there is none.
    Units   minor units.
    """

    def __init__(self) -> None:
        self.entries: list[EntryView] = []
        self.held: defaultdict[Account, int] = defaultdict(int)
        self.received: defaultdict[Hash32, int] = defaultdict(int)
        self.difference = ""

    def take(self, placed: Sequence[PlacedLog]) -> None:
        """Take the journal's logs of some whole blocks, in the order of the chain."""
        topic = contract("Journal").topic("Entry")
        places = [log for log in placed if log.log.topics and log.log.topics[0] == topic]
        posted = read_entries([log.log for log in placed])
        for entry, place in zip(posted, places, strict=True):
            self.entries.append(EntryView(entry, place.height, place.transaction_hash))
            self._recount(entry)

    def _recount(self, entry: PostedEntry) -> None:
        if entry.number != len(self.entries):
            self._note(f"entry {entry.number}: its number, expected {len(self.entries)}")
        if len(entry.lines) != entry.count or sum(row.line.amount for row in entry.lines) != 0:
            self._note(f"entry {entry.number}: lines are missing, or do not add up to 0")
        for row in entry.lines:
            account = row.line.account
            self.held[account] += row.line.amount
            if self.held[account] != row.balance:
                self._note(f"entry {entry.number}: {account} holds {self.held[account]}, the event says {row.balance}")
            if account.kind == AccountKind.FUND and entry.heading.authority == ZERO_HASH:
                self.received[account.key] += row.line.amount

    def _note(self, text: str) -> None:
        self.difference = self.difference or text
