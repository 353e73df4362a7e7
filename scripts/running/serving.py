"""Serving a ledger over HTTP: the explorer over a directory, and a whole node."""

import gc
import json
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from rich.markup import escape

from api.app import create_app
from api.warming import warm_up
from ledger.errors import BadInputError
from ledger.primitives import to_hex
from node.files import write_durably
from node.folder import LedgerFolder
from node.statements import StatementStore
from scripts.founding.keyring import Keyring
from scripts.founding.settings import Settings, load_settings
from scripts.running.control import serve_control
from scripts.running.ledgers import RUNNING_NAME, make_services, open_ledger, read_anchor
from scripts.running.nodes import RunningNode, open_node
from scripts.terminal.console import EXIT_DONE, Output
from scripts.watching.witnesses import open_witnesses

GRACE_S = 5
WARM_S = 3.0


class PortInUseError(BadInputError):
    """Something listens on the HTTP port already."""

    type = "port-in-use"


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers, which would end the process before the store is closed; it says so when
    it answers, not before.
    """

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve_folder(path: Path, output: Output, **flags: Any) -> int:
    """Serve the explorer over a directory, beside a running node or without one, until it is told to stop.

    Errors  those of `open_ledger`; PortInUseError.
    """
    with (
        open_ledger(path, **flags) as ledger,
        _listen(ledger.settings) as door,
        open_witnesses(ledger.settings.witness, path, ledger.chain, ledger.founding.chain_id) as witnesses,
    ):
        url = _url(door, ledger.settings)
        facts = {"url": url, "ledger": str(path), "chain_id": ledger.founding.chain_id, "pid": os.getpid()}

        def announce() -> None:
            output.result(facts, f"explorer of [bold]{escape(ledger.founding.constitution.title)}[/bold] at {url}")
            output.say("Ctrl-C stops it")

        _serve(create_app(ledger.services(witnesses=witnesses)), door, log_level(ledger.settings, output), announce)
    return EXIT_DONE


def run_node(path: Path, output: Output, **flags: Any) -> int:
    """Run a directory's node, of whichever kind: blocks, ballots, pages, until it is told to stop.

    Errors  those of `open_node`; PortInUseError; what stopped its work, if that ended by itself.
    """
    settings = load_settings(path, **flags)
    with ExitStack() as stack:
        door = stack.enter_context(_listen(settings))
        # Engines that were started must be ended: SIGTERM is no end without order before pages are served, either.
        stack.enter_context(_terminate_in_order())
        ring = Keyring(LedgerFolder(path), settings.passphrase_file)
        running = stack.enter_context(open_node(path, settings, ring, output))
        stack.enter_context(serve_control(path, running))
        url = _url(door, settings)
        stack.enter_context(_note(path, url))
        node = running.node
        witnesses = stack.enter_context(open_witnesses(settings.witness, path, node.chain, node.founding.chain_id))
        services = make_services(
            node.founding,
            read_anchor(node.folder),
            node.chain,
            node.evidence,
            settings,
            running.relay,
            node.clock,
            genesis=node.folder.genesis.read_bytes(),
            waiting=lambda: len(node.mempool),
            witnesses=witnesses,
            checked=StatementStore(node.folder.statements),
        )

        def announce() -> None:
            _announce(running, url, output)

        _serve(create_app(services), door, log_level(settings, output), announce, running.worker.stopped)
        if running.worker.failure is not None:
            raise running.worker.failure
    return EXIT_DONE


def _announce(running: RunningNode, url: str, output: Output) -> None:
    node = running.node
    head = node.chain.head()
    facts = {"url": url, "ledger": str(node.folder.path), "chain_id": node.founding.chain_id, "pid": os.getpid()}
    output.result(
        {**facts, "kind": running.kind.value, "height": head.number, "head": to_hex(head.hash)},
        f"node of [bold]{escape(node.founding.constitution.title)}[/bold] at {url}, block {head.number}",
    )
    output.say("Ctrl-C stops it; what is acknowledged is on disk")


@contextmanager
def _terminate_in_order() -> Iterator[None]:
    """Have SIGTERM unwind the process once, as Ctrl-C does; a second one does not cut the unwinding short."""
    told = False

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal told
        if not told:
            told = True
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    """The HTTP port, taken before anything else is opened. Errors: PortInUseError."""
    host, port = settings.http_host, settings.http_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Of no named protocol, asyncio would leave Nagle's delay on: 40 ms for every answer on a connection that is kept.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            door.listen(512)
        except OSError as error:
            raise PortInUseError(
                f"http_port: {host}:{port} cannot be used ({error.strerror}), expected a free port; --port or "
                "ORTAQ_HTTP_PORT names another",
                host=host,
                port=port,
            ) from error
        yield door


def _url(door: socket.socket, settings: Settings) -> str:
    host = settings.http_host
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{door.getsockname()[1]}"


def log_level(settings: Settings, output: Output) -> str:
    """How much is logged to standard error; nothing but errors under --quiet."""
    return settings.log_level if output.is_talkative or output.as_json else "error"


def _serve(
    app: FastAPI,
    door: socket.socket,
    level: str,
    announce: Callable[[], None],
    ended: threading.Event | None = None,
) -> None:
    """Answer requests until SIGINT, SIGTERM, or the end of what feeds the pages; announced when it can be stopped."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    config = uvicorn.Config(
        app, log_config=None, log_level=level, access_log=level == "debug", timeout_graceful_shutdown=GRACE_S
    )
    server = _Server(config, announce)

    def stop(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    def stop_when_ended(event: threading.Event) -> None:
        event.wait()
        server.should_exit = True

    if ended is not None:
        threading.Thread(target=stop_when_ended, args=(ended,), daemon=True).start()
    _warm(app)
    freeze_heap()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[door])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _warm(app: FastAPI) -> None:
    """Have the pages ready for the first visitor; a store that does not answer keeps nobody waiting for ever."""
    warming = threading.Thread(target=warm_up, args=(app,), name="warming", daemon=True)
    warming.start()
    warming.join(WARM_S)


def freeze_heap() -> None:
    """Take what is loaded by now out of the garbage collector's sight: walking through the modules of the engine would
    hold up a request by 70 ms and more.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def _note(path: Path, url: str) -> Iterator[None]:
    """The note by which other commands find this node."""
    note = path / RUNNING_NAME
    write_durably(note, json.dumps({"pid": os.getpid(), "url": url}).encode())
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
