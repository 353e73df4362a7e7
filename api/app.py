"""The HTTP application: pages, their data, `/api/v1`."""

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.feed import routes as feed
from api.feed import witnesses
from api.feed.live import Listeners
from api.limits import Limits
from api.models.ledger import LedgerRecord
from api.pages import blocks, checked, codes, evidence, funds, home, verify, votes
from api.pages import witnesses as witness_pages
from api.problems import on_http_error, on_invalid_request, on_ledger_error
from api.readers.checked import CheckedCounts
from api.readers.code_texts import CodeTexts
from api.readers.ledger import ledger_record
from api.rest import ballots, health, reading, receipts
from api.rest import checked as checked_rest
from api.rest.answers import problem_schema
from api.services import Services
from api.snapshot import Snapshot, Snapshots
from api.statics import router as statics
from ledger.errors import LedgerError

VERSION = "1"
ROUTERS = (
    reading.router,
    feed.router,
    witnesses.router,
    ballots.router,
    receipts.router,
    checked_rest.router,
    health.router,
    home.router,
    votes.router,
    codes.router,
    checked.router,
    verify.router,
    funds.router,
    evidence.router,
    blocks.router,
    witness_pages.router,
    statics,
)


def create_app(services: Services) -> FastAPI:
    """Make the application over a ledger's ports. It holds no connection and needs no start-up."""
    app = FastAPI(
        title="ortaq",
        version=VERSION,
        description="Reads a ledger of common decisions and common money, and relays signed ballots to it.",
        openapi_url="/api/v1/openapi.json",
        # The usual viewers load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            LedgerError: on_ledger_error,
            HTTPException: on_http_error,
            RequestValidationError: on_invalid_request,
        },
    )
    snapshots = Snapshots(services)
    app.state.snapshots = snapshots
    app.state.listeners = Listeners()
    app.state.code_texts = CodeTexts()
    app.state.checked = CheckedCounts(services.checked)
    app.state.witnesses = witnesses.WitnessBook(services.founding.anchor)

    def frame(snapshot: Snapshot | None) -> LedgerRecord:
        """What stands around every page; of the newest head where a request did not get to choose one."""
        return ledger_record(snapshot or snapshots.current())

    app.state.frame = frame
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Limits, body_limit=services.settings.body_limit_bytes)
    _document_problems(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """Put the shape of problems into the OpenAPI document, in place of FastAPI's own shape of errors."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = problem_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
