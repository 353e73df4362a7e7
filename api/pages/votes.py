"""Votes."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.charts.bars import result_bars
from api.charts.spending import spending_strip
from api.context import CheckedBook, Head
from api.models.base import Listing
from api.models.votes import VoteLine, VoteRecord
from api.pages.twin import twin
from api.paging import DEFAULT_LIMIT, Before, Limit
from api.parameters import VoteNumber
from api.readers.results import result_record
from api.readers.votes import vote_list, vote_record
from api.tables import csv_response

router = APIRouter()


def _charts(page: VoteRecord) -> dict[str, Any]:
    return {"bars": result_bars(page.result), "strip": spending_strip(page.result)}


@twin(router, "/votes", "votes.html")
def votes(head: Head, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> Listing[VoteLine]:
    return vote_list(head, before, limit, "/votes")


@router.get("/votes/{vote}.csv", include_in_schema=False)
def vote_csv(head: Head, vote: VoteNumber) -> Response:
    result = result_record(head, vote)
    header = ["number", "id", "name", "cost", "currency", "exponent", "votes", "points", "rank", "selected"]
    rows = [
        [o.number, o.id, o.name, o.cost, result.currency, result.exponent, o.votes, o.points, o.rank, o.selected]
        for o in result.options
    ]
    return csv_response(f"vote-{vote}.csv", header, rows)


@twin(router, "/votes/{vote}", "vote.html", _charts)
def vote_page(head: Head, counts: CheckedBook, vote: VoteNumber) -> VoteRecord:
    return vote_record(head, vote, counts)
