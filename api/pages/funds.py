"""The common money."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.charts.money_flow import flow_pictures
from api.context import Head
from api.models.funds import FundPage, FundsPage
from api.pages.twin import twin
from api.parameters import FundName
from api.readers.funds import fund_page, funds_page
from api.tables import csv_response

router = APIRouter()


def _pictures(page: FundPage) -> dict[str, Any]:
    return {"pictures": flow_pictures(page)}


@twin(router, "/funds", "funds.html")
def funds(head: Head) -> FundsPage:
    return funds_page(head)


@router.get("/funds/{fund}/entries.csv", include_in_schema=False)
def entries_csv(head: Head, fund: FundName) -> Response:
    """Every line of the fund's entries."""
    page = fund_page(head, fund)
    header = ["entry", "time", "block", "purpose", "vote", "evidence", "reverses", "account", "key", "amount"]
    rows = [
        [
            *(entry.number, entry.time, entry.block, entry.purpose, entry.vote, entry.evidence, entry.reverses),
            *(line.kind, line.key, line.amount, line.balance, page.currency, page.exponent),
        ]
        for entry in page.entries
        for line in entry.lines
    ]
    return csv_response("entries.csv", [*header, "balance", "currency", "exponent"], rows)


@router.get("/funds/{fund}/payments.csv", include_in_schema=False)
def payments_csv(head: Head, fund: FundName) -> Response:
    page = fund_page(head, fund)
    header = ["payment", "appropriation", "name", "purpose", "payee", "vote", "amount", "currency", "exponent"]
    rows = [
        [
            *(p.number, p.appropriation, p.name, p.purpose, p.payee, p.vote, p.amount, p.currency, p.exponent),
            *(p.state, p.evidence, p.outcome, p.block),
        ]
        for p in page.payments
    ]
    return csv_response("payments.csv", [*header, "state", "evidence", "outcome", "block"], rows)


@twin(router, "/funds/{fund}", "fund.html", _pictures)
def fund(head: Head, fund: FundName) -> FundPage:
    return fund_page(head, fund)
