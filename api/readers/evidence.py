"""Evidence."""

from api.models.base import Listing
from api.models.evidence import EvidenceLine, EvidenceRecord, EvidenceStatusName
from api.paging import next_page, numbers
from api.readers.names import find_duties, vote_by_hash
from api.rendering import iso_time
from api.snapshot import Snapshot
from ledger.errors import LedgerError
from ledger.evidence.cid import Cid
from ledger.primitives import ZERO_HASH, to_hex
from ledger.system import SystemContract
from ledger.views.books import Books
from ledger.views.evidence import BytesState, BytesView, EvidenceView, check_bytes, evidence_count, load_evidence
from ledger.views.text import label_text

SHOWN_TEXT_BYTES = 16_384
STATUS_SET = (SystemContract.EVIDENCE, "StatusSet")


def evidence_list(snapshot: Snapshot, before: int | None, limit: int, path: str) -> Listing[EvidenceLine]:
    count = snapshot.answers.once("evidence count", lambda: evidence_count(snapshot.state))
    chosen = numbers(count, before, limit)
    following = next_page(path, chosen[-1], limit) if chosen and chosen[-1] > 1 else None
    return Listing[EvidenceLine](
        total=count, items=[_line(snapshot, number) for number in chosen], next=following, height=snapshot.height
    )


def evidence_record(snapshot: Snapshot, number: int) -> EvidenceRecord:
    """A document, its bytes checked. Errors: UnknownEvidenceError."""
    return snapshot.answers.once(("evidence", number), lambda: _load(snapshot, number))


def read_bytes(snapshot: Snapshot, cid: Cid) -> BytesView:
    """What is held under a CID, checked now."""
    return check_bytes(snapshot.services.evidence, cid)


def _line(snapshot: Snapshot, number: int) -> EvidenceLine:
    view = _entry(snapshot, number)
    return EvidenceLine(
        number=number,
        cid=_cid_text(snapshot, view.cid),
        purpose=label_text(view.purpose),
        author=to_hex(view.author),
        status=EvidenceStatusName(view.status.name.lower()),
        at=iso_time(view.at),
        held=_is_held(snapshot, view.cid),
    )


def _entry(snapshot: Snapshot, number: int) -> EvidenceView:
    return snapshot.until_changed(
        ("evidence entry", number), (STATUS_SET,), lambda: load_evidence(snapshot.state, number)
    )


def _cid_text(snapshot: Snapshot, cid: Cid) -> str:
    return snapshot.facts.once(("cid", cid), lambda: str(cid))


def _is_held(snapshot: Snapshot, cid: Cid) -> bool:
    """Whether the store says that it has a document. Once it had it, its own page tells if it lost it."""
    return snapshot.facts.once(("held", cid), lambda: _asked(snapshot, cid) or None) or False


def _asked(snapshot: Snapshot, cid: Cid) -> bool:
    try:
        return snapshot.services.evidence.has(_cid_text(snapshot, cid))
    except LedgerError:
        # A store that does not answer holds nothing for a reader; the document's own page says why.
        return False


def _load(snapshot: Snapshot, number: int) -> EvidenceRecord:
    view = _entry(snapshot, number)
    found = read_bytes(snapshot, view.cid)
    duties = find_duties(snapshot)
    return EvidenceRecord(
        number=number,
        cid=_cid_text(snapshot, view.cid),
        purpose=label_text(view.purpose),
        author=to_hex(view.author),
        author_duties=[duty.value for row in duties if row.account == view.author for duty in row.duties],
        subject=None if view.subject == ZERO_HASH else to_hex(view.subject),
        vote=vote_by_hash(snapshot, view.subject),
        status=EvidenceStatusName(view.status.name.lower()),
        authority=None if view.authority == ZERO_HASH else to_hex(view.authority),
        reason=view.reason,
        at=iso_time(view.at),
        bytes=found.state.value,
        bytes_reason=found.reason,
        computed_cid=_cid_text(snapshot, found.computed) if found.computed else None,
        size=None if found.data is None else len(found.data),
        text=_short_text(found),
        payments=snapshot.with_books(lambda books: _payments_of(books, number)),
        height=snapshot.height,
    )


def _payments_of(books: Books, number: int) -> list[int]:
    views = (books.payment(index) for index in range(1, books.payment_count + 1))
    return [view.number for view in views if number in (view.evidence, view.outcome)]


def _short_text(found: BytesView) -> str | None:
    """The content where it is short printable UTF-8; whoever wants the rest downloads it."""
    if found.data is None or found.state is BytesState.DAMAGED or len(found.data) > SHOWN_TEXT_BYTES:
        return None
    try:
        text = found.data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(c.isprintable() or c in "\n\r\t" for c in text) else None
