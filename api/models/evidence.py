"""Evidence."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from api.models.base import AddressText, Count, Hash, Record, Time

BytesName = Literal["matching", "verified", "unreadable", "damaged", "absent", "unchecked"]


class EvidenceStatusName(StrEnum):
    """What its author says of a document."""

    AVAILABLE = "available"
    WITHHELD = "withheld"
    LOST = "lost"


class EvidenceLine(Record):
    """A document in a list."""

    number: Count
    cid: str
    purpose: str
    author: AddressText
    status: EvidenceStatusName
    at: Time
    held: bool = Field(description="this node holds its bytes")


class EvidenceRecord(Record):
    """A document, with what this node found when it checked the bytes."""

    number: Count
    cid: str
    purpose: str
    author: AddressText
    author_duties: list[str] = Field(description="duties that the author holds now")
    subject: Hash | None
    vote: int | None = Field(description="the vote that it supports, where the subject names one")
    status: EvidenceStatusName
    authority: Hash | None
    reason: str
    at: Time
    bytes: BytesName
    bytes_reason: str
    computed_cid: str | None = Field(description="CID that the bytes held here give")
    size: int | None
    text: str | None = Field(description="the content where it is short text")
    payments: list[int] = Field(description="payments ordered or ended by this document")
    height: Count = Field(description="as of this block")
