"""Debian's Chromium, and a server for it to look at. Tests that need it carry `@pytest.mark.browser`."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE = {"width": 360, "height": 740}
START_TIMEOUT_S = 20


def chromium_path() -> Path:
    """`$ORTAQ_CHROMIUM`, else Debian's; skips without it, fails in CI."""
    named = os.environ.get("ORTAQ_CHROMIUM")
    found = named or shutil.which("chromium") or "/usr/bin/chromium"
    if os.access(found, os.X_OK):
        return Path(found)
    reason = f"{found} is missing; install it with: make browser (or name one in ORTAQ_CHROMIUM)"
    if named or os.environ.get("CI", "").lower() not in ("", "0", "false"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Run an application on a free port of the loopback; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(START_TIMEOUT_S)


@dataclass
class Visit:
    """A browser's tab that notes what it should not see: errors, and requests to other hosts."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page


@contextmanager
def visit(browser: Browser, address: str, **options: Any) -> Iterator[Visit]:
    """Open a tab; on leaving nothing may have been complained about."""
    context: BrowserContext = browser.new_context(**options)
    visited = Visit(context.new_page(), address)
    page = visited.page
    page.on("console", lambda message: visited.complaints.append(message.text))
    page.on("pageerror", lambda error: visited.complaints.append(str(error)))
    page.on("request", lambda request: _note_stranger(visited, request.url))
    yield visited
    context.close()
    assert not visited.complaints


def _note_stranger(visited: Visit, url: str) -> None:
    if not url.startswith(visited.address):
        visited.complaints.append(f"request to {url}")
