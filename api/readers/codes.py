"""The public list of a vote's accepted ballots: a part of it, or the whole as text."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from threading import Lock

from api.models.codes import BallotCodes
from api.readers.ballots import read_code
from api.readers.counts import find_count
from api.readers.names import find_question, title_of
from api.snapshot import Snapshot
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height
from ledger.views.ballot_list import ListMissingError, list_codes
from ledger.voting.question import Question

DEFAULT_CODES = 200
FRESH_S = 10.0
"""A list of an open vote is made anew after this time, or after `PATIENCE` times as long as it took."""
PATIENCE = 20
KEPT_TEXTS = 4


def code_list(snapshot: Snapshot, vote: int, after: str, limit: int, path: str) -> BallotCodes:
    """Codes behind `after`. Errors: UnknownQuestionError, BallotCodeError, ListMissingError."""
    question = find_question(snapshot, vote)
    turnout = find_count(snapshot, question)[0].turnout
    behind = read_code(after) if after else ""
    found = list(islice(list_codes(snapshot.services.chain, vote, snapshot.height, behind), limit + 1))
    codes = found[:limit]
    if turnout and not codes and not behind:
        raise ListMissingError(f"vote {vote}: {turnout} ballots count, but this node's index has no list of them")
    suffix = "" if limit == DEFAULT_CODES else f"&limit={limit}"
    return BallotCodes(
        vote=vote,
        title=title_of(snapshot, question),
        turnout=turnout,
        codes=codes,
        next=f"{path}?after={codes[-1]}{suffix}" if len(found) > limit else None,
        height=snapshot.height,
    )


@dataclass(frozen=True, slots=True)
class _Text:
    """Shape   `fresh_until`: by the monotonic clock; `is_final`: nothing can come any more."""

    data: bytes
    fresh_until: float
    is_final: bool

    @property
    def is_good(self) -> bool:
        return self.is_final or time.monotonic() < self.fresh_until


class CodeTexts:
    """Whole lists as text, made by one thread at a time and kept for a while: they may be long and asked for often."""

    def __init__(self) -> None:
        self._texts: OrderedDict[Hash32, _Text] = OrderedDict()
        self._lock = Lock()

    def text(self, snapshot: Snapshot, vote: int) -> bytes:
        """One code a line, in ASCII. Errors: as `code_list`."""
        code_list(snapshot, vote, "", 1, "")
        question = find_question(snapshot, vote)
        known = self._texts.get(question.hash)
        if known is not None and (known.is_good or self._lock.locked()):
            # While somebody makes it anew, the one of a moment ago does.
            return known.data
        with self._lock:
            known = self._texts.get(question.hash)
            return known.data if known is not None and known.is_good else self._make(snapshot, question)

    def _make(self, snapshot: Snapshot, question: Question) -> bytes:
        started = time.monotonic()
        data = _text_of(snapshot.services.chain, question.id, snapshot.height)
        now = time.monotonic()
        is_final = snapshot.header.timestamp >= question.closes
        self._texts.pop(question.hash, None)
        self._texts[question.hash] = _Text(data, now + max(FRESH_S, PATIENCE * (now - started)), is_final)
        if len(self._texts) > KEPT_TEXTS:
            self._texts.popitem(last=False)
        return data


def _text_of(chain: ChainReader, vote: int, height: Height) -> bytes:
    head = f"# codes of the ballots accepted in vote {vote} up to block {height}, replaced ones too\n"
    return (head + "".join(f"{code}\n" for code in list_codes(chain, vote, height))).encode("ascii")
