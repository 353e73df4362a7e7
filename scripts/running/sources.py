"""Reading a LEDGER by its API: over HTTP from a URL, or in this process from a directory. Answers are the same."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import httpx
from fastapi import FastAPI

from api.app import create_app
from ledger.errors import BadInputError, CannotCheckError, LedgerError
from scripts.running.ledgers import is_url, ledger_directory, named_ledger, open_ledger

PREFIX = "/api/v1/"
TIMEOUT_S = 30.0
POST_TIMEOUT_S = 90.0


class NodeUnreachableError(CannotCheckError):
    """No node answers at the URL, or what answers is none."""

    type = "node-unreachable"


class AnsweredProblemError(BadInputError):
    """A problem that the API answered with; it keeps the API's `type` and words."""


class AnsweredFaultError(CannotCheckError):
    """The API answered that it cannot answer (status 500 and above)."""


class Source(Protocol):
    """The API of one ledger. Errors: NodeUnreachableError, AnsweredProblemError, AnsweredFaultError."""

    def get(self, path: str, **parameters: Any) -> Any:
        """JSON of `/api/v1/<path>`."""
        ...

    def get_bytes(self, path: str) -> bytes:
        """Bytes at a path from the root, for example of `/ipfs/<cid>`."""
        ...

    def post(self, path: str, body: dict[str, Any]) -> Any: ...


class RemoteSource:
    """A node's API."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.Client(base_url=self._url, timeout=TIMEOUT_S)

    def get(self, path: str, **parameters: Any) -> Any:
        return _read(self._ask("GET", PREFIX + path, params=parameters), self._url)

    def get_bytes(self, path: str) -> bytes:
        answer = self._ask("GET", path)
        if answer.status_code != httpx.codes.OK:
            _read(answer, self._url)
        return answer.content

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return _read(self._ask("POST", PREFIX + path, json=body, timeout=POST_TIMEOUT_S), self._url)

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NodeUnreachableError(f"{self._url}: no node answers ({error}), expected one that runs") from error


class LocalSource:
    """The API over a directory, asked without a socket."""

    def __init__(self, app: FastAPI, name: str) -> None:
        self._app = app
        self._name = name

    def get(self, path: str, **parameters: Any) -> Any:
        return _read(asyncio.run(self._ask("GET", PREFIX + path, params=parameters)), self._name)

    def get_bytes(self, path: str) -> bytes:
        answer = asyncio.run(self._ask("GET", path))
        if answer.status_code != httpx.codes.OK:
            _read(answer, self._name)
        return answer.content

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return _read(asyncio.run(self._ask("POST", PREFIX + path, json=body)), self._name)

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ledger") as client:
            return await client.request(method, path, **options)


def _read(answer: httpx.Response, name: str) -> Any:
    try:
        record = answer.json()
    except ValueError as error:
        raise NodeUnreachableError(
            f"{name}: answered {answer.status_code} without JSON, expected a node's API"
        ) from error
    if answer.is_success:
        return record
    if not isinstance(record, dict) or "type" not in record:
        raise NodeUnreachableError(f"{name}: answered {answer.status_code} without a problem object")
    raise _problem_error(record, answer.status_code)


def _problem_error(record: dict[str, Any], status: int) -> LedgerError:
    facts = {name: value for name, value in record.items() if name not in ("type", "title", "detail")}
    kind = AnsweredFaultError if status >= httpx.codes.INTERNAL_SERVER_ERROR else AnsweredProblemError
    error = kind(str(record.get("detail", record["type"])), **facts)
    error.type = str(record["type"])
    return error


@contextmanager
def open_source(ledger: str | None) -> Iterator[Source]:
    """The API of a LEDGER. Errors: those of `open_ledger` for a directory."""
    name = named_ledger(ledger)
    if is_url(name):
        remote = RemoteSource(name)
        try:
            yield remote
        finally:
            remote.close()
        return
    with open_ledger(ledger_directory(name, "reading")) as opened:
        yield LocalSource(create_app(opened.services()), name)
