"""Evidence, and the bytes themselves."""

from fastapi import APIRouter
from starlette.responses import Response

from api.context import Head
from api.models.base import Listing
from api.models.evidence import EvidenceLine, EvidenceRecord
from api.pages.twin import twin
from api.paging import DEFAULT_LIMIT, Before, Limit
from api.parameters import CidText, EvidenceNumber
from api.readers.evidence import evidence_list, evidence_record, read_bytes
from ledger.errors import CannotCheckError, CheckFailedError
from ledger.evidence.cid import parse_cid
from ledger.evidence.errors import EvidenceNotFoundError
from ledger.views.evidence import BytesState

router = APIRouter()
SANDBOX = "default-src 'none'; sandbox"


class BytesNotServedError(CheckFailedError):
    """Bytes are held that do not give their CID, or are no file."""

    type = "evidence-damaged"


class StoreSilentError(CannotCheckError):
    """The evidence store does not answer."""

    type = "evidence-unreachable"


@twin(router, "/evidence", "evidence_list.html")
def evidence(head: Head, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> Listing[EvidenceLine]:
    return evidence_list(head, before, limit, "/evidence")


@twin(router, "/evidence/{number}", "evidence.html")
def document(head: Head, number: EvidenceNumber) -> EvidenceRecord:
    return evidence_record(head, number)


@router.get("/ipfs/{cid}", include_in_schema=False)
def evidence_bytes(head: Head, cid: CidText) -> Response:
    """The bytes under a CID, checked. What strangers wrote is never shown as a page of this site."""
    wanted = parse_cid(cid)
    found = read_bytes(head, wanted)
    if found.state is BytesState.ABSENT:
        raise EvidenceNotFoundError(str(wanted), "this node's store")
    if found.state is BytesState.UNCHECKED:
        raise StoreSilentError(found.reason)
    if found.data is None:
        raise BytesNotServedError(found.reason)
    is_text = _is_text(found.data)
    headers = {
        "content-security-policy": SANDBOX,
        "x-content-type-options": "nosniff",
        "content-disposition": f'inline; filename="{wanted}.txt"' if is_text else f'attachment; filename="{wanted}"',
        "etag": f'"{wanted}"',
        "cache-control": "public, max-age=31536000, immutable",
    }
    media_type = "text/plain; charset=utf-8" if is_text else "application/octet-stream"
    return Response(found.data, media_type=media_type, headers=headers)


def _is_text(data: bytes) -> bool:
    """Readable as UTF-8 without control characters; a long file is judged by its beginning."""
    try:
        start = data[:4096].decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut in two at the end of what was looked at.
        if len(data) <= 4096 or error.start < 4093:
            return False
        start = data[: error.start].decode("utf-8")
    return bool(start) and all(c.isprintable() or c in "\n\r\t" for c in start)
