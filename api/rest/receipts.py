"""Proofs of where ballots stand, for whoever judges them on a device of their own."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.context import Head, Witnessed
from api.models.ballots import BallotMessage
from api.parameters import BallotCode
from api.readers.receipts import receipt_of_ballot, receipt_of_code
from api.rest.answers import INVALID, UNKNOWN, answers
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import encode_receipt

RECEIPT_TYPE = "application/json"
# A receipt page that was opened from a disk has no origin of its own; what it fetches is public.
HEADERS = {"access-control-allow-origin": "*", "cache-control": "no-store"}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {RECEIPT_TYPE: {}}}}

router = APIRouter(prefix="/api/v1", tags=["ballots"])


@router.get(
    "/ballots/{code}/receipt", response_class=Response, responses={**FILE, **answers(400, UNKNOWN, INVALID, 503)}
)
def get_receipt(head: Head, witnessed: Witnessed, code: BallotCode) -> Response:
    """A receipt (docs/reference/formats.md, 10) of an accepted ballot, against the newest sealed block, or against one
    shortly before it that says the same and that witnesses sealed, with their seals.

    Ballots are open: it says how this one was cast, and the storage word in it how seats beside it did.
    """
    return _answer(receipt_of_code(head, code, witnessed))


@router.post("/receipts", response_class=Response, responses={**FILE, **answers(400, UNKNOWN, 413, INVALID, 503)})
def make_receipt(head: Head, witnessed: Witnessed, message: BallotMessage) -> Response:
    """A receipt of any signed ballot: of one that is not in the count it proves that. Nothing is carried anywhere."""
    choice, signature = bytes.fromhex(message.choice[2:]), bytes.fromhex(message.signature[2:])
    receipt = receipt_of_ballot(head, message.vote, message.seat, message.sequence, choice, signature, witnessed)
    return _answer(receipt)


def _answer(receipt: Receipt) -> Response:
    return Response(encode_receipt(receipt), media_type=RECEIPT_TYPE, headers=HEADERS)
