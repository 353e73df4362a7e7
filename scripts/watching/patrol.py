"""The patrol: asks peers for documents that the ledger names, computes their CIDs again, and keeps what was good."""

import random
import threading
from collections import deque
from collections.abc import Iterator, Sequence

from ledger.errors import BadInputError, CannotCheckError
from ledger.evidence.cid import Cid
from ledger.evidence.errors import EvidenceDamagedError, EvidenceTooLargeError
from ledger.evidence.walk import walk_blocks
from ledger.views.evidence import evidence_count
from ledger.views.questions import question_count
from node.evidence.local import LocalEvidenceStore
from node.watchdog.alarms import AlarmBook, Code
from node.watchdog.judge import Judge
from scripts.running.documents import MAX_DOCUMENT_BYTES, available_documents, question_document
from scripts.watching.peers import Peer

AGAIN_S = 30.0
"""How often one of the known documents, drawn by lot, is asked for again."""


class Patrol:
    """Checks documents with every peer: each that is not kept here yet at once, one of the others now and then.

    Shape   in one thread. Documents are those of Evidence whose status is *available*, and question documents. `own`:
            keeps each of them whole, so that a bundle of the watchdog's directory is whole, too.
    """

    def __init__(self, judge: Judge, alarms: AlarmBook, peers: Sequence[Peer], own: LocalEvidenceStore) -> None:
        self._judge = judge
        self._alarms = alarms
        self._peers = peers
        self._own = own
        self._lot = random.SystemRandom()
        self._documents = self._questions = 0
        self._absent: dict[Cid, None] = {}

    def check_new(self) -> None:
        """Check what was anchored since the last call; in the first one, all that is not kept here."""
        for cid in self._anchored():
            if not self._own.has(str(cid)):
                self._check(cid)

    def check_absent(self) -> None:
        """Ask once more for one of those that nobody gave, each in its turn."""
        if self._absent:
            self._check(next(iter(self._absent)))

    def check_one(self) -> None:
        """Check one document, drawn by lot."""
        state = self._judge.chain.state()
        documents, questions = evidence_count(state), question_count(state)
        if documents + questions == 0:
            return
        drawn = self._lot.randrange(documents + questions)
        if drawn >= documents:
            self._check(question_document(state, drawn - documents + 1))
            return
        for cid in available_documents(state, range(drawn + 1, drawn + 2)):
            self._check(cid)

    def check_all(self) -> None:
        self._documents = self._questions = 0
        for cid in self._anchored():
            self._check(cid)

    def step(self, new: threading.Event) -> None:
        """Wait until something new is there, or for its turn of another document, and check it."""
        if new.wait(AGAIN_S):
            new.clear()
            self.check_new()
        else:
            self.check_one()
            self.check_absent()

    def _anchored(self) -> Iterator[Cid]:
        """Documents since the last call."""
        state = self._judge.chain.state()
        first, last = self._documents + 1, evidence_count(state)
        first_question, last_question = self._questions + 1, question_count(state)
        self._documents, self._questions = last, last_question
        yield from available_documents(state, range(first, last + 1))
        for number in range(first_question, last_question + 1):
            yield question_document(state, number)

    def _check(self, cid: Cid) -> None:
        """Ask every peer for the whole of a document; it is missing where no peer gives it.

        Errors  EvidenceNotStoredError.
        """
        absent: list[str] = []
        held: deque[tuple[Cid, bytes]] = deque()
        for peer in self._peers:
            subject = f"{cid} at {peer.name}"
            try:
                # The second peer's bytes are checked and not held.
                blocks = deque(_read_whole(cid, peer), maxlen=0 if held else None)
            except EvidenceDamagedError as error:
                self._alarms.find(Code.EVIDENCE_ALTERED, subject, error.detail)
                absent.append(f"{peer.name}: other bytes")
            except (CannotCheckError, BadInputError) as error:
                absent.append(f"{peer.name}: {error.detail}")
            else:
                self._alarms.end(Code.EVIDENCE_ALTERED, subject)
                held = held or blocks
        self._absent.pop(cid, None)
        if len(absent) == len(self._peers):
            self._absent[cid] = None
            self._alarms.find(Code.EVIDENCE_MISSING, str(cid), f"no peer gives it: {'; '.join(absent)}")
        else:
            self._alarms.end(Code.EVIDENCE_MISSING, str(cid))
            self._own.keep(cid, held)


def _read_whole(cid: Cid, peer: Peer) -> Iterator[tuple[Cid, bytes]]:
    """All blocks under a CID, checked."""
    size = 0
    for name, block in walk_blocks(cid, peer.evidence_block):
        size += len(block)
        if size > MAX_DOCUMENT_BYTES:
            raise EvidenceTooLargeError("document", size, MAX_DOCUMENT_BYTES)
        yield name, block
