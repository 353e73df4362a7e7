"""Evidence: what is anchored, and whether the bytes that are held here are the bytes it names."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from ledger.errors import BadInputError, CannotCheckError, LedgerError
from ledger.evidence.cid import Cid, Codec, cid_of, parse_cid
from ledger.evidence.errors import EvidenceDamagedError, EvidenceNotFoundError
from ledger.evidence.layout import split_file
from ledger.ports import EvidenceStore, StateView
from ledger.primitives import Address, Hash32, Timestamp
from ledger.reading import read
from ledger.system import SystemContract

RECOMPUTED_BYTES = 8 * 1024 * 1024
"""Up to this size a file is cut into blocks once more, to see its CID come out whole."""


class UnknownEvidenceError(BadInputError):
    """A number that no document has."""

    type = "unknown-evidence"


class EvidenceStatus(IntEnum):
    """What its author says of a document."""

    AVAILABLE = 1
    WITHHELD = 2
    LOST = 3


class BytesState(Enum):
    """What this node holds of a document."""

    MATCHING = "matching"
    """The bytes give this CID."""
    VERIFIED = "verified"
    """Every block gives its CID; the file is large, or was cut in another way than this node cuts."""
    UNREADABLE = "unreadable"
    """Held, and no file: a directory, for example."""
    DAMAGED = "damaged"
    ABSENT = "absent"
    UNCHECKED = "unchecked"
    """The store could not be asked."""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A document's entry. `authority`, `reason`: why its status is what it is."""

    number: int
    cid: Cid
    author: Address
    purpose: Hash32
    subject: Hash32
    status: EvidenceStatus
    at: Timestamp
    authority: Hash32
    reason: str


@dataclass(frozen=True, slots=True)
class BytesView:
    """What was found under a CID. Shape: `data` is None unless the bytes are held and give the CID."""

    state: BytesState
    data: bytes | None = None
    computed: Cid | None = None
    reason: str = ""


def evidence_count(state: StateView) -> int:
    """How many documents are anchored; their numbers are 1 to this."""
    (count,) = read(state, SystemContract.EVIDENCE, "count")
    return int(count)


def load_evidence(state: StateView, number: int) -> EvidenceView:
    """Errors  UnknownEvidenceError."""
    count = evidence_count(state)
    if not 1 <= number <= count:
        raise UnknownEvidenceError(f"evidence: {number}, expected 1 to {count}", evidence=number, count=count)
    ((cid, author, purpose, subject, status, at),) = read(state, SystemContract.EVIDENCE, "evidence", number)
    ((authority, reason),) = read(state, SystemContract.EVIDENCE, "note", number)
    return EvidenceView(
        number=number,
        cid=parse_cid(cid),
        author=Address(author),
        purpose=Hash32(purpose),
        subject=Hash32(subject),
        status=EvidenceStatus(status),
        at=Timestamp(at),
        authority=Hash32(authority),
        reason=reason,
    )


def check_bytes(store: EvidenceStore, cid: Cid) -> BytesView:
    """Read what is held under a CID, here and not in a network, and compute the CID of those bytes once more."""
    try:
        if not store.has(str(cid)):
            return BytesView(BytesState.ABSENT)
        data = store.get(str(cid))
    except EvidenceNotFoundError:
        return BytesView(BytesState.ABSENT)
    except EvidenceDamagedError as error:
        return BytesView(BytesState.DAMAGED, reason=error.detail)
    except CannotCheckError as error:
        return BytesView(BytesState.UNCHECKED, reason=error.detail)
    except LedgerError as error:
        return BytesView(BytesState.UNREADABLE, reason=error.detail)
    return _judge(cid, data)


def _judge(cid: Cid, data: bytes) -> BytesView:
    if len(data) > RECOMPUTED_BYTES:
        # Every block was checked on the way; cutting a large file again would hold up a page for seconds.
        return BytesView(BytesState.VERIFIED, data)
    computed = cid_of(Codec.RAW, data) if cid.codec is Codec.RAW else split_file(data).root
    state = BytesState.MATCHING if computed == cid else BytesState.VERIFIED
    return BytesView(state, data, computed)
