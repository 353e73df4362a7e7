"""Taking voters' statements that they checked their ballots, and giving them to whoever recounts."""

from fastapi import APIRouter

from api.context import CheckedBook, Head
from api.models.checked import CheckedAnswer, CheckedMessage, CheckedPage
from api.paging import Statements
from api.parameters import FirstSeat, VoteNumber
from api.readers.checked import DEFAULT_STATEMENTS, checked_page, take_checked
from api.rest.answers import INVALID, UNKNOWN, answers

router = APIRouter(prefix="/api/v1", tags=["votes"])


@router.get("/votes/{vote}/checked", responses=answers(400, UNKNOWN, INVALID))
def list_checked(
    head: Head, counts: CheckedBook, vote: VoteNumber, first: FirstSeat = 0, limit: Statements = DEFAULT_STATEMENTS
) -> CheckedPage:
    """What voters signed who checked their ballots, by seat: anybody can check and count it again."""
    return checked_page(head, counts, vote, first, limit, f"/api/v1/votes/{vote}/checked")


@router.post("/votes/{vote}/checked", responses=answers(400, UNKNOWN, 409, 413, INVALID, 503))
def send_checked(head: Head, counts: CheckedBook, vote: VoteNumber, message: CheckedMessage) -> CheckedAnswer:
    """Take a voter's statement that she checked her ballot. It is published: it says that this seat looked.

    It must be signed with the key that cast the ballot, and the ballot must be the one that counts for the seat.
    """
    return take_checked(head, counts, vote, message)
