"""Documents: what the treasury asks of the evidence behind a movement."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.money.errors import DocumentError, UnknownRecordError
from ledger.primitives import Hash32


@dataclass(frozen=True, slots=True)
class Document:
    """What the treasury asks about a document. `digest`: Keccak-256 of its CID in bytes, the same if anchored twice."""

    digest: Hash32
    is_available: bool = True


class Documents:
    """The anchored documents. `known`: by number in Evidence; the caller may change it between calls."""

    def __init__(self, known: Mapping[int, Document]) -> None:
        self._known = known

    def digest(self, number: int) -> Hash32:
        """Errors  UnknownRecordError."""
        if number not in self._known:
            raise UnknownRecordError("evidence", number)
        return self._known[number].digest

    def require(self, number: int) -> Hash32:
        """The digest of a document that anybody can fetch. Errors: UnknownRecordError, DocumentError."""
        digest = self.digest(number)
        if not self._known[number].is_available:
            raise DocumentError(f"evidence {number}: found withheld or lost, expected available")
        return digest
