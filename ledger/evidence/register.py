"""The register of anchored documents: what contracts/records/Evidence.vy does, stated once more."""

from dataclasses import dataclass, replace
from enum import IntEnum

from ledger.errors import BadInputError
from ledger.evidence.cid import CID_LENGTH
from ledger.primitives import ZERO_HASH, Address, Hash32, Timestamp

CID_PREFIXES = (bytes.fromhex("01551220"), bytes.fromhex("01701220"))
"""CIDv1, raw or dag-pb, sha2-256 of 32 bytes."""
REASON_LENGTH = 128
"""Most bytes of a reason."""


class RegisterError(BadInputError):
    """A document or status that the register refuses."""

    type = "evidence-register"


class DocumentStatus(IntEnum):
    """Whether a document can be had."""

    AVAILABLE = 1
    WITHHELD = 2
    LOST = 3


@dataclass(frozen=True, slots=True)
class Document:
    """An anchored document.

    Shape   `cid`: 36 bytes; `purpose`: ASCII in a word; `subject`: what it supports, zero if it stands for itself;
            `authority` and `reason` as last set.
    """

    cid: bytes
    author: Address
    purpose: Hash32
    subject: Hash32
    at: Timestamp
    status: DocumentStatus = DocumentStatus.AVAILABLE
    authority: Hash32 = ZERO_HASH
    reason: str = ""


class Register:
    """Documents; the id of one is its place, counted from 1.

    Errors  RegisterError; what is refused changes nothing.
    """

    def __init__(self) -> None:
        self.documents: list[Document] = []

    def anchor(self, author: Address, mask: int, cid: bytes, purpose: Hash32, subject: Hash32, now: Timestamp) -> int:
        """Anchor a document. `mask`: the author's duties. Result: its id."""
        if not mask:
            raise RegisterError(f"author: 0x{author.hex()} holds no duty, expected any")
        if len(cid) != CID_LENGTH or cid[:4] not in CID_PREFIXES:
            raise RegisterError(f"cid: 0x{cid.hex()}, expected CIDv1, raw or dag-pb, sha2-256")
        if purpose == ZERO_HASH:
            raise RegisterError("purpose: empty, expected what the document is")
        self.documents.append(Document(cid, author, purpose, subject, now))
        return len(self.documents)

    def set_status(
        self, caller: Address, document_id: int, status: DocumentStatus, authority: Hash32, reason: str
    ) -> None:
        """Say whether a document can be had; only its author."""
        if not 0 < document_id <= len(self.documents):
            raise RegisterError(f"document: {document_id}, expected 1 to {len(self.documents)}")
        document = self.documents[document_id - 1]
        if document.author != caller:
            raise RegisterError(f"caller: 0x{caller.hex()}, expected the author 0x{document.author.hex()}")
        if status != DocumentStatus.AVAILABLE and not reason:
            raise RegisterError(f"status: {status.name.lower()} without a reason, expected one")
        if status == DocumentStatus.WITHHELD and authority == ZERO_HASH:
            raise RegisterError("status: withheld without authority, expected who ordered it")
        changed = replace(document, status=status, authority=authority, reason=reason)
        self.documents[document_id - 1] = changed
