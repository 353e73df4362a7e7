"""The one shape of an error: RFC 9457 problem details. Browsers that asked for a page get the same facts as a page."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.rendering import render
from ledger.errors import CannotCheckError, CheckFailedError, LedgerError

MEDIA_TYPE = "application/problem+json"
RESERVED = frozenset({"type", "title", "status", "detail"})
STATUS_BY_TYPE = {
    "evidence-not-found": HTTPStatus.NOT_FOUND,
    "abi": HTTPStatus.INTERNAL_SERVER_ERROR,
    "body-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "ballot-refused": HTTPStatus.CONFLICT,
    "statement-refused": HTTPStatus.CONFLICT,
    "witness-disagrees": HTTPStatus.CONFLICT,
    "relay-busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "no-relay": HTTPStatus.SERVICE_UNAVAILABLE,
    "not-ready": HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: LedgerError) -> HTTPStatus:
    """What does not exist is 404; input that cannot be used 400; a check that differs, or cannot be made, is ours."""
    if error.type in STATUS_BY_TYPE:
        return STATUS_BY_TYPE[error.type]
    if error.type.startswith("unknown-"):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, CheckFailedError | CannotCheckError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.BAD_REQUEST


def title_of(code: str) -> str:
    return code.replace("-", " ").capitalize()


def problem(code: str, status: int, detail: str, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The members of a problem object. Facts never replace a member of the RFC."""
    extra = {name: _plain(value) for name, value in (facts or {}).items() if name not in RESERVED}
    return {"type": code, "title": title_of(code), "status": int(status), "detail": _sendable(detail), **extra}


def problem_response(request: Request, record: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """As JSON, or as a page for a browser that asked for one."""
    if wants_page(request):
        page = render(request, "problem.html", {"problem": record}, status=record["status"])
        page.headers.update(headers or {})
        return page
    return JSONResponse(record, record["status"], headers=dict(headers or {}), media_type=MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    path = request.url.path
    if path.startswith("/api/") or path.endswith(".json") or path in ("/health", "/ready"):
        return False
    return "text/html" in request.headers.get("accept", "")


async def on_ledger_error(request: Request, error: Exception) -> Response:
    found = cast(LedgerError, error)
    return problem_response(request, problem(found.type, status_of(found), found.detail, found.facts))


async def on_http_error(request: Request, error: Exception) -> Response:
    found = cast(HTTPException, error)
    phrase = HTTPStatus(found.status_code).phrase
    code = getattr(found, "code", phrase.lower().replace(" ", "-"))
    detail = found.detail if found.detail != phrase else f"{request.method} {request.url.path[:200]}: {phrase.lower()}"
    return problem_response(request, problem(code, found.status_code, detail), found.headers)


async def on_invalid_request(request: Request, error: Exception) -> Response:
    first = cast(RequestValidationError, error).errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    detail = f"{place}: {first['msg']}"
    return problem_response(request, problem("bad-request", 422, detail, {"field": place}))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if value is None or isinstance(value, int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _sendable(str(value))


def _sendable(text: str) -> str:
    """Lone surrogates, which JSON can write, cannot be sent back."""
    return text.encode("utf-8", "replace").decode()
