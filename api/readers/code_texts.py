"""Whole lists of accepted ballots as text: long, asked for often, and given away while they are being made."""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from threading import Condition, Lock, Thread

from api.readers.codes import code_list
from api.readers.names import find_question
from api.snapshot import Snapshot
from ledger.errors import CannotCheckError
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height
from ledger.views.ballot_list import list_codes
from ledger.voting.question import Question

FRESH_S = 10.0
"""A list of an open vote is made anew after this time, or after `PATIENCE` times as long as it took."""
PATIENCE = 20
KEPT_TEXTS = 4
PART_CODES = 1_000
LOG = logging.getLogger("ortaq.api")


class ListBrokenOffError(CannotCheckError):
    """A list that could not be made to its end: what was sent of it is not the whole."""

    type = "list-broken-off"


class CodeText:
    """One list: grows part by part in the thread of its maker, while any number of readers follow it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._grown = Condition()
        self._is_done = False
        self._has_failed = False
        self._good_until = float("inf")

    @property
    def is_good(self) -> bool:
        """Whether to give this one to whoever comes now."""
        return not self._has_failed and time.monotonic() < self._good_until

    def make(self, chain: ChainReader, vote: int, height: Height, is_final: bool) -> None:
        """Make all of it. Shape: `is_final`: no ballot can come any more, so it stays good."""
        started = time.monotonic()
        try:
            for part in _parts(chain, vote, height):
                self._grow(part)
        except Exception:  # whoever reads is told by an answer that breaks off
            LOG.exception("the list of vote %d broke off", vote)
            self._has_failed = True
        took = time.monotonic() - started
        if not is_final:
            self._good_until = time.monotonic() + max(FRESH_S, PATIENCE * took)
        with self._grown:
            self._is_done = True
            self._grown.notify_all()

    def read(self) -> Iterator[bytes]:
        """Its parts, waiting for those that are not made yet. Errors: ListBrokenOffError."""
        at = 0
        while ready := self._wait(at):
            yield b"".join(ready)
            at += len(ready)
        if self._has_failed:
            raise ListBrokenOffError(f"list: broken off after {at} parts, expected the whole")

    def _wait(self, at: int) -> list[bytes]:
        """Parts from a place on; none at the end."""
        with self._grown:
            self._grown.wait_for(lambda: len(self._parts) > at or self._is_done)
            return self._parts[at:]

    def _grow(self, part: bytes) -> None:
        with self._grown:
            self._parts.append(part)
            self._grown.notify_all()


class CodeTexts:
    """The newest lists. A slow reader holds up neither its maker nor others."""

    def __init__(self) -> None:
        self._texts: OrderedDict[Hash32, CodeText] = OrderedDict()
        self._lock = Lock()

    def read(self, snapshot: Snapshot, vote: int) -> Iterator[bytes]:
        """One code a line, in ASCII, in parts; made by one thread. Errors: as `code_list`, before the first part."""
        code_list(snapshot, vote, "", 1, "")
        question = find_question(snapshot, vote)
        with self._lock:
            text = self._texts.get(question.hash)
            if text is None or not text.is_good:
                text = self._begin(snapshot, question)
        return text.read()

    def _begin(self, snapshot: Snapshot, question: Question) -> CodeText:
        text = CodeText()
        self._texts.pop(question.hash, None)
        self._texts[question.hash] = text
        if len(self._texts) > KEPT_TEXTS:
            self._texts.popitem(last=False)
        is_final = snapshot.header.timestamp >= question.closes
        making = (snapshot.services.chain, question.id, snapshot.height, is_final)
        Thread(target=text.make, args=making, name=f"codes of vote {question.id}", daemon=True).start()
        return text


def _parts(chain: ChainReader, vote: int, height: Height) -> Iterator[bytes]:
    yield f"# codes of the ballots accepted in vote {vote} up to block {height}, replaced ones too\n".encode("ascii")
    codes = list_codes(chain, vote, height)
    while part := list(islice(codes, PART_CODES)):
        yield ("\n".join(part) + "\n").encode("ascii")
