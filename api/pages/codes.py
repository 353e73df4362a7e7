"""The public list of a vote's accepted ballots, and the page that checks a receipt by itself."""

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from api.context import Head
from api.models.codes import BallotCodes
from api.pages.twin import twin
from api.paging import CodeLimit
from api.parameters import AfterCode, VoteNumber
from api.readers.code_texts import CodeTexts
from api.readers.codes import DEFAULT_CODES, code_list
from ledger.proofs.receipt_page import page_policy, receipt_page

router = APIRouter(include_in_schema=False)


@twin(router, "/votes/{vote}/ballots", "codes.html")
def codes(head: Head, vote: VoteNumber, after: AfterCode = "", limit: CodeLimit = DEFAULT_CODES) -> BallotCodes:
    return code_list(head, vote, after, limit, f"/votes/{vote}/ballots")


@router.get("/votes/{vote}/ballots.txt")
def codes_text(request: Request, head: Head, vote: VoteNumber) -> Response:
    texts: CodeTexts = request.app.state.code_texts
    headers = {"content-disposition": f'inline; filename="vote-{vote}-ballots.txt"'}
    return StreamingResponse(texts.read(head, vote), media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/receipt.html")
async def receipt_checker() -> Response:
    """The page as it was built: it allows itself its own script and nothing else."""
    policy = f"{page_policy()}; frame-ancestors 'none'"
    return Response(receipt_page(), media_type="text/html; charset=utf-8", headers={"content-security-policy": policy})
