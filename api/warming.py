"""What the first visitors would wait for otherwise: templates are compiled, and the ways of the pages walked once."""

import asyncio
import logging

from fastapi import FastAPI
from starlette.types import Message, Scope

from api.readers.names import vote_count
from api.rendering import environment
from api.snapshot import Snapshots
from ledger.errors import LedgerError

FIXED = ("/", "/about", "/verify", "/witnesses", "/funds", "/evidence", "/blocks", "/votes")
LOG = logging.getLogger("ortaq.api")


def warm_up(app: FastAPI) -> None:
    """Ask the application for its pages, and for those of its newest block and vote, in this thread.

    A page that fails is answered and noted as for any visitor; nothing is raised.
    """
    templates = environment()
    for name in templates.list_templates():
        templates.get_template(name)
    asyncio.run(_ask_all(app))


async def _ask_all(app: FastAPI) -> None:
    for path in FIXED:
        await _ask(app, path)
    snapshots: Snapshots = app.state.snapshots
    try:
        newest = snapshots.current()
        votes = vote_count(newest)
    except LedgerError as error:
        LOG.info("newest block and vote are not ready for the first visitor: %s", error.detail)
        return
    await _ask(app, f"/blocks/{newest.height}")
    for part in ("", "/ballots", "/checked") if votes else ():
        await _ask(app, f"/votes/{votes}{part}")


async def _ask(app: FastAPI, path: str) -> None:
    """One request as a server would give it; its answer is for nobody."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("ascii"),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"accept", b"text/html")],
        "client": None,
        "server": None,
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None: ...

    await app(scope, receive, send)
