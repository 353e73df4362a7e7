"""One address, two forms: a handler's record is sent as JSON under `.json` and shown as a page without it."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.rendering import render

Handler = TypeVar("Handler", bound=Callable[..., Any])
Extras = Callable[[Any], dict[str, Any]]


def twin(router: APIRouter, path: str, template: str, extras: Extras | None = None) -> Callable[[Handler], Handler]:
    """Register a handler that returns a record.

    Shape   `extras`: what the page draws from the record alone, for example a chart; never new facts.
    """

    def register(handler: Handler) -> Handler:
        data_path = "/index.json" if path == "/" else f"{path}.json"

        @wraps(handler)
        def as_data(**values: Any) -> Response:
            record: BaseModel = handler(**values)
            return JSONResponse(record.model_dump(mode="json"))

        def as_page(twin_request: Request, **values: Any) -> HTMLResponse:
            record: BaseModel = handler(**values)
            more = extras(record) if extras else {}
            query = f"?{twin_request.url.query}" if twin_request.url.query else ""
            own_path = quote(twin_request.url.path)
            data = ("/index.json" if own_path == "/" else f"{own_path}.json") + query
            return render(twin_request, template, {"page": record, "data_url": data, **more})

        as_page.__signature__ = _with_request(handler)  # type: ignore[attr-defined]
        options: dict[str, Any] = {"include_in_schema": False, "response_model": None, "methods": ["GET"]}
        router.add_api_route(data_path, as_data, **options)
        router.add_api_route(path, as_page, **options)
        return handler

    return register


def _with_request(handler: Callable[..., Any]) -> inspect.Signature:
    """The handler's parameters and the request, so that both are filled in."""
    signature = inspect.signature(handler)
    added = inspect.Parameter("twin_request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    return signature.replace(parameters=[*signature.parameters.values(), added], return_annotation=HTMLResponse)
