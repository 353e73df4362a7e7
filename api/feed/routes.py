"""The feed's routes."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from api.context import Head
from api.feed.frames import MEDIA_TYPE, stream_blocks
from api.feed.live import MAX_CATCH_UP, Listeners, stream_heads
from api.feed.proofs import prove_rows
from api.rest.answers import INVALID, UNKNOWN, answers
from ledger.errors import BadInputError
from ledger.evidence.cid import parse_cid
from ledger.views.blocks import find_header

PREFIX = "/api/v1/feed"
MAX_HEIGHT = 10**12 - 1

HeightQuery = Annotated[int, Query(ge=0, le=MAX_HEIGHT)]
BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}
JSON: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}}}}

router = APIRouter(prefix=PREFIX, tags=["feed"])


class UnknownFoundingFileError(BadInputError):
    """A file of the founding that this node was not given."""

    type = "unknown-founding-file"


@router.get("/genesis", response_class=Response, responses={**JSON, **answers(UNKNOWN)})
def get_genesis(head: Head) -> Response:
    """The genesis file, byte for byte."""
    return Response(_given(head.services.founding.genesis, "genesis"), media_type="application/json")


@router.get("/text", response_class=Response, responses={**BYTES, **answers(UNKNOWN)})
def get_text(head: Head) -> Response:
    """The founding text, byte for byte."""
    return Response(_given(head.services.founding.text, "founding text"), media_type=MEDIA_TYPE)


@router.get("/founding", response_class=Response, responses={**JSON, **answers(UNKNOWN)})
def get_founding(head: Head) -> Response:
    """Founding keys and nonce, as `founding.json` of a bundle has them."""
    return Response(_given(head.services.founding.keys, "founding keys"), media_type="application/json")


@router.get("/blocks", response_class=Response, responses={**BYTES, **answers(UNKNOWN, INVALID)})
def get_blocks(head: Head, first: HeightQuery, last: HeightQuery = MAX_HEIGHT) -> Response:
    """Sealed blocks from `first` on: of each its block, receipts, seal, each after its length (u32).

    It may end before `last`: go on behind the last one.
    """
    chain = head.services.chain
    find_header(chain, first)
    return StreamingResponse(stream_blocks(chain, first, last), media_type=MEDIA_TYPE)


# Not in the OpenAPI document: whoever tries each entry of it would wait here for ever.
@router.get("/live", include_in_schema=False)
def get_live(
    request: Request, head: Head, after: Annotated[int | None, Query(ge=-1, le=MAX_HEIGHT)] = None
) -> Response:
    """Server-sent events `block` (height, hash, seal): each sealed block above `after`, by default above the newest.

    `Last-Event-ID` goes before `after`. A listener who is more than 1,000 blocks behind begins 1,000 blocks back.
    """
    newest = int(head.header.number)
    last_id = request.headers.get("last-event-id", "")
    start = int(last_id[:12]) if last_id.isdigit() else newest if after is None else after
    listeners: Listeners = request.app.state.listeners
    listeners.join()
    events = stream_heads(head.services.chain, max(start, newest - MAX_CATCH_UP), listeners)
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})


@router.get("/evidence/{cid}", response_class=Response, responses={**BYTES, **answers(400, UNKNOWN, INVALID)})
def get_evidence_block(head: Head, cid: Annotated[str, Path(max_length=100)]) -> Response:
    """One block of evidence, not put together with others."""
    name = parse_cid(cid)
    return Response(
        head.services.evidence.block(str(name)),
        media_type=MEDIA_TYPE,
        headers={"cache-control": "public, max-age=31536000, immutable"},
    )


@router.get("/proofs", response_class=Response, responses={**BYTES, **answers(400, UNKNOWN, INVALID)})
def get_proofs(head: Head, height: HeightQuery, row: Annotated[list[str], Query(max_length=128)]) -> Response:
    """Proofs of storage words against a block's state root, in the bytes of a bundle's proof member.

    `row`: `0xADDRESS:SLOT`, up to 128 times.
    """
    return Response(prove_rows(head.services.chain, height, row), media_type=MEDIA_TYPE)


def _given(data: bytes, what: str) -> bytes:
    if not data:
        raise UnknownFoundingFileError(f"{what}: this node does not have it")
    return data
