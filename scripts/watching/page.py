"""The watchdog's own HTTP port: a page, its data, metrics, witness seals."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ledger.errors import BadInputError
from ledger.primitives import Height, to_hex
from scripts.watching.metrics import MEDIA_TYPE, render_metrics
from scripts.watching.watch import Watch

LOCAL = "127.0.0.1"
START_S = 10.0
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}code{font-size:.9em;overflow-wrap:anywhere}"
    ".critical{color:#a40000;font-weight:700}.warning{color:#7a4b00;font-weight:700}.notice{color:#00505c}"
)
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class WatchPortError(BadInputError):
    """A port that the watchdog cannot listen on."""

    type = "watch-port"


def make_page(watch: Watch, *, only_metrics: bool = False) -> Starlette:
    """The application: `/`, `/status.json`, `/metrics`, `/api/v1/feed/witnesses`; or `/metrics` alone."""

    def metrics(_: Request) -> Response:
        return PlainTextResponse(render_metrics(watch), headers=HEADERS, media_type=MEDIA_TYPE)

    def status(_: Request) -> Response:
        return JSONResponse(watch.status, headers=HEADERS)

    def home(_: Request) -> Response:
        return HTMLResponse(render_page(watch.status), headers=HEADERS)

    def witnesses(request: Request) -> Response:
        text = request.query_params.get("height", "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 12):
            problem = {"type": "invalid-request", "title": "Invalid request", "detail": "height: expected a number"}
            return JSONResponse(problem, 422, HEADERS, "application/problem+json")
        seal = watch.common.judge.witness(Height(int(text)) if text else None)
        return JSONResponse({"seals": [] if seal is None else [to_hex(seal.encode())]}, headers=HEADERS)

    routes = [Route("/metrics", metrics)]
    if not only_metrics:
        routes += [
            Route("/", home),
            Route("/status.json", status),
            Route("/api/v1/feed/witnesses", witnesses),
        ]
    return Starlette(routes=routes)


def render_page(status: dict[str, Any]) -> str:
    """The page, for people; it loads itself again every five seconds and has no script."""
    vouched, alarms = status["vouched"], status["alarms"]
    verdict = f"{len(alarms)} alarms" if alarms else "No alarms"
    peers = [[row["peer"], row["height"], row["agreed"]] for row in status["peers"]]
    facts = [
        ["vouched for", f"block {vouched['height']}, {vouched['hash']}"],
        ["state root", vouched["state_root"]],
        ["executors", ", ".join(status["executors"])],
        ["sealers", f"{status['sealers']['kind']} {json.dumps(status['sealers']['members'])}"],
        ["this witness", status["witness"]],
        ["ledger", f"{status['ledger']}, {status['founding']}"],
    ]
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Watchdog</title>',
            '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">',
            f"<style>{STYLE}</style></head><body><main><h1>{verdict}</h1>",
            _alarm_table(alarms),
            _table("This watchdog", [], facts),
            _table("Peers", ["peer", "shows block", "the same up to"], peers),
            "<h2>Over, and news</h2>",
            _alarm_table(status["past"][:50]),
            "</main></body></html>",
        )
    )


def _alarm_table(alarms: list[dict[str, Any]]) -> str:
    if not alarms:
        return "<p>Nothing.</p>"
    rows = []
    for alarm in alarms:
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(alarm["at"]))
        cells = (at, alarm["subject"], alarm["detail"], alarm["evidence"] or "")
        shown = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        rows.append(f'<tr><td class="{escape(alarm["severity"])}">{escape(alarm["code"])}</td>{shown}</tr>')
    heads = "".join(f"<th>{name}</th>" for name in ("code", "seen", "about", "what", "kept in"))
    return f"<table><tr>{heads}</tr>{''.join(rows)}</table>"


def _table(title: str, heads: list[str], rows: list[list[Any]]) -> str:
    head = f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in heads)}</tr>" if heads else ""
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<h2>{escape(title)}</h2><table>{head}{body}</table>"


@contextmanager
def serve_page(app: Starlette, port: int, host: str = LOCAL) -> Iterator[str]:
    """Serve in a thread; the URL. `port` 0 takes a free one. Errors: WatchPortError."""
    # As in scripts/running/serving.py, against the delay of small answers.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            raise WatchPortError(
                f"port: {host}:{port} cannot be used ({error.strerror}), expected a free one"
            ) from error
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, name="page", daemon=True)
        thread.start()
        until = time.monotonic() + START_S
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        try:
            yield f"http://{host}:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(START_S)
