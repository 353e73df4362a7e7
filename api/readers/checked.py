"""Voters' statements that they checked their ballots: counted, shown, taken."""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock, Thread

from api.models.checked import CheckedAnswer, CheckedMessage, CheckedPage, CheckedStatement
from api.readers.counts import find_count
from api.readers.names import find_question, title_of
from api.snapshot import Snapshot
from ledger.errors import LedgerError
from ledger.ports import CheckedStore, StateView
from ledger.primitives import Hash32, to_hex
from ledger.proofs.code import ballot_code
from ledger.views.checking import validate_checked
from ledger.voting.checked import Checked, SignedChecked, StatementsNotKeptError
from ledger.voting.lane import place_lane, read_lane
from ledger.voting.question import Question

DEFAULT_STATEMENTS = 100
FRESH_S = 10.0
"""A count is made anew after this time, or after `PATIENCE` times as long as it took."""
PATIENCE = 20
KEPT_COUNTS = 256
LOG = logging.getLogger("ortaq.api")


@dataclass(frozen=True, slots=True)
class _Count:
    """Shape   `fresh_until`: by the monotonic clock."""

    number: int
    fresh_until: float


class CheckedCounts:
    """How many counting ballots were reported as checked, by vote; kept for a while, then made anew in the background:
    there may be many statements, and another process may take some.
    """

    def __init__(self, store: CheckedStore | None) -> None:
        self.store = store
        self._counts: OrderedDict[Hash32, _Count] = OrderedDict()
        self._lock = Lock()
        self._making = Lock()

    def of(self, snapshot: Snapshot, question: Question) -> int | None:
        """The count; None where this server keeps no statements, or cannot read them."""
        if self.store is None:
            return None
        known = self._counts.get(question.hash)
        if known is None:
            with self._making:
                known = self._counts.get(question.hash) or self._make(self.store, snapshot, question)
        elif time.monotonic() > known.fresh_until and self._making.acquire(blocking=False):
            Thread(target=self._renew, args=(self.store, snapshot, question), daemon=True).start()
        return None if known is None else known.number

    def note(self, question: Question) -> None:
        """One more was taken."""
        with self._lock:
            known = self._counts.get(question.hash)
            if known is not None:
                self._counts[question.hash] = replace(known, number=known.number + 1)

    def _renew(self, store: CheckedStore, snapshot: Snapshot, question: Question) -> None:
        try:
            self._make(store, snapshot, question)
        finally:
            self._making.release()

    def _make(self, store: CheckedStore, snapshot: Snapshot, question: Question) -> _Count | None:
        """Count, and keep the number; None, and nothing is kept, where the statements cannot be read."""
        started = time.monotonic()
        try:
            number = sum(_counting(snapshot.state, question, store.scan(question.hash)))
        except LedgerError:
            LOG.exception("statements of vote %d cannot be counted", question.id)
            return None
        now = time.monotonic()
        made = _Count(number, now + max(FRESH_S, PATIENCE * (now - started)))
        with self._lock:
            self._counts.pop(question.hash, None)
            self._counts[question.hash] = made
            if len(self._counts) > KEPT_COUNTS:
                self._counts.popitem(last=False)
        return made


def checked_page(
    snapshot: Snapshot, counts: CheckedCounts, vote: int, first_seat: int, limit: int, path: str
) -> CheckedPage:
    """Statements from a seat on. Errors: UnknownQuestionError, StoreDamagedError."""
    question = find_question(snapshot, vote)
    found = counts.store.scan(question.hash, first_seat, limit + 1) if counts.store else []
    shown = found[:limit]
    suffix = "" if limit == DEFAULT_STATEMENTS else f"&limit={limit}"
    turnout = find_count(snapshot, question)[0].turnout
    number = counts.of(snapshot, question)
    return CheckedPage(
        vote=vote,
        title=title_of(snapshot, question),
        question=to_hex(question.hash),
        chain_id=snapshot.services.founding.chain_id,
        contract=to_hex(question.contract),
        keeps=counts.store is not None,
        turnout=turnout,
        checked=None if number is None else min(number, turnout),
        statements=[
            _record(signed, counts_now)
            for (_, signed), counts_now in zip(shown, _counting(snapshot.state, question, shown), strict=True)
        ],
        next=f"{path}?first={found[limit][1].statement.seat}{suffix}" if len(found) > limit else None,
        height=snapshot.height,
    )


def take_checked(snapshot: Snapshot, counts: CheckedCounts, vote: int, message: CheckedMessage) -> CheckedAnswer:
    """Keep a voter's statement, if it holds.

    Errors  UnknownQuestionError, StatementRefusedError, StatementsNotKeptError.
    """
    question = find_question(snapshot, vote)
    ballot = Hash32(bytes.fromhex(message.ballot[2:]))
    signed = SignedChecked(Checked(question.hash, message.seat, ballot), bytes.fromhex(message.signature[2:]))
    services = snapshot.services
    sequence = validate_checked(services.chain, snapshot.state, services.founding.chain_id, question, signed)
    if counts.store is None:
        raise StatementsNotKeptError("statements: this server keeps none; another server of this ledger may")
    if counts.store.put(sequence, signed):
        counts.note(question)
    return CheckedAnswer(vote=vote, seat=message.seat, code=ballot_code(ballot))


def _record(signed: SignedChecked, counts_now: bool) -> CheckedStatement:
    said = signed.statement
    return CheckedStatement(
        seat=said.seat,
        ballot=to_hex(said.ballot),
        code=ballot_code(said.ballot),
        signature=to_hex(signed.signature),
        counts=counts_now,
    )


def _counting(state: StateView, question: Question, rows: Iterable[tuple[int, SignedChecked]]) -> list[bool]:
    """Of each statement whether its ballot counts now. Neighbouring seats share words, which are read once."""
    words: dict[int, int] = {}
    found = []
    for sequence, signed in rows:
        place = place_lane(question.form, question.id, signed.statement.seat)
        for slot in place.slots:
            if slot not in words:
                words[slot] = state.storage(question.contract, slot)
        lane = read_lane(question.form, place, [words[slot] for slot in place.slots])
        found.append(lane.sequence == sequence)
    return found
