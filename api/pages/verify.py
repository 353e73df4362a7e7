"""Where a citizen checks her ballot. Codes only, and never in an address: addresses are kept in logs and histories."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.context import Head, Witnessed
from api.models.ballots import VerifyPage
from api.pages.twin import twin
from api.readers.ballots import MAX_CODE, verify_page
from api.readers.receipts import receipt_of_code
from api.rendering import render
from api.rest.receipts import RECEIPT_TYPE
from ledger.proofs.receipt_json import encode_receipt
from ledger.proofs.receipt_page import receipt_page

FORM_TYPE = "application/x-www-form-urlencoded"
PRIVATE = {"cache-control": "no-store"}

router = APIRouter(include_in_schema=False)


@twin(router, "/verify", "verify.html")
def verify(head: Head) -> VerifyPage:
    return verify_page(head, "")


@router.post("/verify")
async def verify_code(request: Request, head: Head) -> Response:
    """What became of the ballot with a code."""
    code = await _typed_code(request)
    record = await run_in_threadpool(verify_page, head, code)
    page = render(request, "verify.html", {"page": record})
    page.headers.update(PRIVATE)
    return page


@router.post("/verify/receipt")
async def take_receipt(request: Request, head: Head, witnessed: Witnessed) -> Response:
    """The proof of where a ballot stands, as a file."""
    receipt = await run_in_threadpool(receipt_of_code, head, await _typed_code(request), witnessed)
    return _file(encode_receipt(receipt), f"receipt-{receipt.code}.json", RECEIPT_TYPE)


@router.post("/verify/page")
async def take_page(request: Request, head: Head, witnessed: Witnessed) -> Response:
    """The same inside of a page that checks it without a network."""
    receipt = await run_in_threadpool(receipt_of_code, head, await _typed_code(request), witnessed)
    return _file(receipt_page(encode_receipt(receipt)), f"receipt-{receipt.code}.html", "text/html; charset=utf-8")


async def _typed_code(request: Request) -> str:
    """The form's field; empty where the body is no form, and cut where it is longer than any code."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        return ""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qs(body, max_num_fields=8)
    except ValueError:
        return ""
    return fields.get("code", [""])[0][: MAX_CODE + 1]


def _file(data: bytes, name: str, media_type: str) -> Response:
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)
