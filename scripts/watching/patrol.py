"""The patrol: asks peers for documents that the ledger names, and computes their CIDs again."""

import random
import threading
from collections.abc import Sequence

from ledger.errors import BadInputError, CannotCheckError
from ledger.evidence.cid import Cid
from ledger.evidence.errors import EvidenceDamagedError, EvidenceTooLargeError
from ledger.evidence.walk import walk_blocks
from ledger.views.evidence import evidence_count
from ledger.views.questions import question_count
from node.watchdog.alarms import AlarmBook, Code
from node.watchdog.judge import Judge
from scripts.running.documents import MAX_DOCUMENT_BYTES, available_documents, question_document
from scripts.watching.peers import Peer

AGAIN_S = 30.0
"""How often one of the known documents, drawn by lot, is asked for again."""


class Patrol:
    """Checks documents with every peer: each new one at once, one of the others now and then.

    Shape   in one thread. Documents are those of Evidence whose status is *available*, and question documents.
    """

    def __init__(self, judge: Judge, alarms: AlarmBook, peers: Sequence[Peer]) -> None:
        self._judge = judge
        self._alarms = alarms
        self._peers = peers
        self._lot = random.SystemRandom()
        state = judge.chain.state()
        self._documents, self._questions = evidence_count(state), question_count(state)

    def check_new(self) -> None:
        """Check what was anchored since the last call."""
        state = self._judge.chain.state()
        documents, questions = evidence_count(state), question_count(state)
        for cid in available_documents(state, range(self._documents + 1, documents + 1)):
            self._check(cid)
        for number in range(self._questions + 1, questions + 1):
            self._check(question_document(state, number))
        self._documents, self._questions = documents, questions

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
        state = self._judge.chain.state()
        for cid in available_documents(state, range(1, evidence_count(state) + 1)):
            self._check(cid)
        for number in range(1, question_count(state) + 1):
            self._check(question_document(state, number))

    def step(self, new: threading.Event) -> None:
        """Wait until something new is there, or for its turn of another document, and check it."""
        if new.wait(AGAIN_S):
            new.clear()
            self.check_new()
        else:
            self.check_one()

    def _check(self, cid: Cid) -> None:
        """Ask every peer for the whole of a document; it is missing where no peer gives it."""
        absent = []
        for peer in self._peers:
            subject = f"{cid} at {peer.name}"
            try:
                _read_whole(cid, peer)
            except EvidenceDamagedError as error:
                self._alarms.find(Code.EVIDENCE_ALTERED, subject, error.detail)
                absent.append(f"{peer.name}: other bytes")
            except (CannotCheckError, BadInputError) as error:
                absent.append(f"{peer.name}: {error.detail}")
            else:
                self._alarms.end(Code.EVIDENCE_ALTERED, subject)
        if len(absent) == len(self._peers):
            self._alarms.find(Code.EVIDENCE_MISSING, str(cid), f"no peer gives it: {'; '.join(absent)}")
        else:
            self._alarms.end(Code.EVIDENCE_MISSING, str(cid))


def _read_whole(cid: Cid, peer: Peer) -> None:
    size = 0
    for _, block in walk_blocks(cid, peer.evidence_block):
        size += len(block)
        if size > MAX_DOCUMENT_BYTES:
            raise EvidenceTooLargeError("document", size, MAX_DOCUMENT_BYTES)
