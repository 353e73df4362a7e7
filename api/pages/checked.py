"""Which ballots of a vote were reported as checked by their voters."""

from fastapi import APIRouter

from api.context import CheckedBook, Head
from api.models.checked import CheckedPage
from api.pages.twin import twin
from api.paging import Statements
from api.parameters import FirstSeat, VoteNumber
from api.readers.checked import DEFAULT_STATEMENTS, checked_page

router = APIRouter()


@twin(router, "/votes/{vote}/checked", "checked.html")
def checked(
    head: Head, counts: CheckedBook, vote: VoteNumber, first: FirstSeat = 0, limit: Statements = DEFAULT_STATEMENTS
) -> CheckedPage:
    return checked_page(head, counts, vote, first, limit, f"/votes/{vote}/checked")
