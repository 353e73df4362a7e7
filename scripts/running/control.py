"""A running node's door for commands: a Unix socket in the ledger's directory, which takes signed transactions.

One JSON object a line, one answer a line: `{"submit": "0x..."}` gives `{"hash"}`; `{"submit_all": ["0x...", ...]}`
gives `{"answers"}`, for each a hash or an error; `{"wait": "0x...", "timeout_s": n}`
gives `{"height", "index", "success"}`, `{"refused": reason}` or `{}` for neither yet; `{"status": true}` says how the
node stands. An error gives `{"error"}`, an RFC 9457 object. The socket's permissions let the node's own user in; every
transaction is checked as from anybody.
"""

import json
import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from ledger.errors import BadInputError, LedgerError
from ledger.primitives import Hash32, to_hex
from scripts.running.nodes import RunningNode
from scripts.terminal.console import problem

SOCKET_NAME = "node.sock"
MAX_LINE = 1 << 20
MAX_WAIT_S = 60.0


class BadRequestError(BadInputError):
    """A line that is no request of this door."""

    type = "bad-request"


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: str, running: RunningNode) -> None:
        self.running = running
        super().__init__(address, _Handler)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast(_Server, self.server)
        while line := self.rfile.readline(MAX_LINE):
            try:
                answer = _answer(server.running, line)
            except LedgerError as error:
                answer = {"error": problem(error)}
            self.wfile.write(json.dumps(answer, default=str).encode() + b"\n")


def _answer(running: RunningNode, line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        name = next(name for name in _ANSWERS if name in request)
        return _ANSWERS[name](running, request)
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise BadRequestError(f"control: {line[:60]!r}, expected {', '.join(_ANSWERS)}") from error


def _status(running: RunningNode, _: dict[str, Any]) -> dict[str, Any]:
    return running.standing()


def _submit(running: RunningNode, request: dict[str, Any]) -> dict[str, Any]:
    return {"hash": to_hex(running.worker.submit(_bytes(request["submit"])))}


def _submit_all(running: RunningNode, request: dict[str, Any]) -> dict[str, Any]:
    raws = [_bytes(text) for text in request["submit_all"]]
    running.node.foresee(raws)
    answers: list[dict[str, Any]] = []
    for raw in raws:
        try:
            answers.append({"hash": to_hex(running.worker.submit(raw))})
        except LedgerError as error:
            answers.append({"error": problem(error)})
    return {"answers": answers}


def _wait(running: RunningNode, request: dict[str, Any]) -> dict[str, Any]:
    sent = Hash32(_bytes(request["wait"]))
    placed = running.node.wait(sent, min(float(request.get("timeout_s", 0)), MAX_WAIT_S))
    if placed is not None:
        return {"height": placed.height, "index": placed.index, "success": placed.success}
    reason = running.node.mempool.reason(sent)
    return {} if reason is None else {"refused": reason}


_ANSWERS = {"status": _status, "submit": _submit, "submit_all": _submit_all, "wait": _wait}


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@contextmanager
def serve_control(folder: Path, running: RunningNode) -> Iterator[None]:
    """Open the door while the node runs. A socket that a killed node left is replaced."""
    with short_path(folder) as near:
        path = near / SOCKET_NAME
        path.unlink(missing_ok=True)
        old = os.umask(0o177)
        try:
            server = _Server(str(path), running)
        finally:
            os.umask(old)
    thread = threading.Thread(target=server.serve_forever, name="control", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        (folder / SOCKET_NAME).unlink(missing_ok=True)


@contextmanager
def short_path(folder: Path) -> Iterator[Path]:
    """The same folder under a short name: a socket's path may have 107 bytes only."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        link = Path(f"/proc/self/fd/{descriptor}")
        yield link if link.exists() else folder
    finally:
        os.close(descriptor)


class ControlClient:
    """A connection to a running node's door. Errors: LedgerError with the type and the words of the node's error."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def close(self) -> None:
        self._lines.close()
        self._connection.close()

    def ask(self, **request: Any) -> dict[str, Any]:
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        line = self._lines.readline()
        if not line:
            raise ConnectionError("the node stopped before it answered")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise NodeRefusedError(answer["error"])
        return answer


class NodeRefusedError(BadInputError):
    """An error that the running node answered with; it keeps the node's `type`."""

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(str(found.get("detail")))
        self.type = str(found.get("type"))


def connect_control(folder: Path) -> ControlClient | None:
    """A connection to the node that runs on a directory, None where none does."""
    if not (folder / SOCKET_NAME).exists():
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with suppress(OSError), short_path(folder) as near:
        connection.connect(str(near / SOCKET_NAME))
        return ControlClient(connection)
    connection.close()
    return None


def ask_standing(folder: Path) -> tuple[dict[str, Any] | None, str]:
    """What the node that runs on a directory says of itself; None, and why, where it does not answer."""
    client = connect_control(folder)
    if client is None:
        return None, "starting"
    try:
        return client.ask(status=True), ""
    except (OSError, ValueError, LedgerError) as error:
        return None, str(error)
    finally:
        client.close()
