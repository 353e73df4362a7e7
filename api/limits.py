"""Outermost: bodies are bounded, HEAD answers as GET does, faults of ours stay inside, headers are safe."""

import logging

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import MEDIA_TYPE, problem

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), interest-cohort=()"),
)
LOG = logging.getLogger("ortaq.api")


class BodyTooLargeError(HTTPException):
    """More came than a request may carry."""

    code = "body-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"body: more than {limit} bytes", {"connection": "close"})


class Limits:
    """Shape   `body_limit`: in bytes; a larger body is refused before it is read whole."""

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self._app = app
        self._limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope = {**scope, "method": "GET"}
        answer = _Answer(send, is_head)
        if _declared(scope) > self._limit:
            await self._refuse(scope, receive, answer)
            return
        try:
            await self._app(scope, self._bounded(receive), answer)
        except Exception:
            LOG.exception("%s %s failed", scope["method"], scope["path"])
            if not answer.started:
                record = problem("internal-error", 500, "this server failed to answer, and has noted why")
                await JSONResponse(record, 500, media_type=MEDIA_TYPE)(scope, receive, answer)

    def _bounded(self, receive: Receive) -> Receive:
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise BodyTooLargeError(self._limit)
            return message

        return bounded

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = BodyTooLargeError(self._limit)
        record = problem(error.code, error.status_code, error.detail)
        # What is left of the body is not read: the connection ends here.
        await JSONResponse(record, error.status_code, error.headers, MEDIA_TYPE)(scope, receive, send)


class _Answer:
    """Adds the headers on the way out; drops the body of an answer to HEAD."""

    def __init__(self, send: Send, is_head: bool) -> None:
        self._send = send
        self._is_head = is_head
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            present = {name.lower() for name, _ in message["headers"]}
            added = [pair for pair in HEADERS if pair[0] not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        elif self._is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


def _declared(scope: Scope) -> int:
    """Length that the request announces, 0 where it announces none that is a number."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
