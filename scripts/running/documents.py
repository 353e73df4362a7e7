"""Documents that a ledger names, gathered from the node that a follower reads, so that its own copy is whole."""

import logging
import time
from collections.abc import Callable, Iterator

from ledger.errors import LedgerError
from ledger.evidence.cid import Cid, Codec
from ledger.evidence.errors import EvidenceTooLargeError
from ledger.evidence.reader import GetBlock
from ledger.evidence.walk import walk_blocks
from ledger.ports import ChainReader, StateView
from ledger.views.evidence import EvidenceStatus, evidence_count, load_evidence
from ledger.views.questions import load_question, question_count
from node.evidence.local import LocalEvidenceStore

AGAIN_S = 30.0
"""How soon a document that could not be had is asked for again."""
MAX_DOCUMENT_BYTES = 1 << 28
"""More than this is not gathered; it is read from the other node when somebody asks."""

LOG = logging.getLogger("ortaq.node")


def available_documents(state: StateView, numbers: range) -> Iterator[Cid]:
    """CIDs of those of these documents whose status is *available*."""
    for number in numbers:
        entry = load_evidence(state, number)
        if entry.status is EvidenceStatus.AVAILABLE:
            yield entry.cid


def question_document(state: StateView, question: int) -> Cid:
    """The CID of a question's document."""
    return Cid(Codec.RAW, load_question(state, question).text)


class DocumentGatherer:
    """Keeps each document whole in a local store once its block is there. In one thread."""

    def __init__(
        self, chain: ChainReader, own: LocalEvidenceStore, fetch: GetBlock, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._chain = chain
        self._own = own
        self._fetch = fetch
        self._now = now
        self._documents, self._questions = 0, 0
        self._wanted: dict[Cid, float] = {}

    def gather(self) -> None:
        """Fetch what is new, and again what could not be had; what nobody gives stays wanted."""
        for cid in self._new():
            self._wanted[cid] = 0.0
        for cid, due in list(self._wanted.items()):
            if self._own.has(str(cid)):
                del self._wanted[cid]
            elif self._now() >= due:
                self._wanted[cid] = self._now() + AGAIN_S
                self._keep(cid)

    def _keep(self, cid: Cid) -> None:
        try:
            self._own.keep(cid, tuple(self._bounded(cid)))
        except EvidenceTooLargeError as error:
            LOG.info("document %s is not kept here: %s", cid, error.detail)
            del self._wanted[cid]
        except LedgerError as error:
            LOG.info("document %s is not here yet: %s", cid, error.detail)
        else:
            del self._wanted[cid]

    def _bounded(self, cid: Cid) -> Iterator[tuple[Cid, bytes]]:
        size = 0
        for name, block in walk_blocks(cid, self._fetch):
            size += len(block)
            if size > MAX_DOCUMENT_BYTES:
                raise EvidenceTooLargeError("document", size, MAX_DOCUMENT_BYTES)
            yield name, block

    def _new(self) -> Iterator[Cid]:
        state = self._chain.state()
        documents, questions = evidence_count(state), question_count(state)
        yield from available_documents(state, range(self._documents + 1, documents + 1))
        for number in range(self._questions + 1, questions + 1):
            yield question_document(state, number)
        self._documents, self._questions = documents, questions
