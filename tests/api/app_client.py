"""A client that asks an application without a server and without a socket."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx
from fastapi import FastAPI

BASE_URL = "http://testserver"


class _Body(httpx.AsyncByteStream):
    """A request's body, in the pieces that it came in."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class _Transport(httpx.BaseTransport):
    """Runs the application in a loop of its own for each request; its faults are raised here.

    In another thread: a browser's driver has a loop in this one.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(self._answer(request))).result()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        asked = httpx.Request(request.method, request.url, headers=request.headers, stream=_Body(request.stream))
        answer = await self._app.handle_async_request(asked)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        body = b"".join([piece async for piece in answer.stream])
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))


class AppClient(httpx.Client):
    """Follows redirects, as a browser does."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(transport=_Transport(app), base_url=BASE_URL, follow_redirects=True)
