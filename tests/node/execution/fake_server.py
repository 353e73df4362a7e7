"""A unix socket server that answers as a test wants, in place of geth."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Answer = Callable[[dict | list, socket.socket], bytes | None]
"""What to send for a request; None closes the connection."""


class FakeServer:
    """Serves until it is closed; counts the connections it got."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.connections = 0
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that gives up resets the connection; that is what the tests are about.
        with connection, suppress(OSError):
            self._answer_all(connection)

    def _answer_all(self, connection: socket.socket) -> None:
        data = b""
        while part := connection.recv(1 << 20):
            data += part
            try:
                request = json.loads(data)
            except ValueError:
                continue
            data = b""
            answer = self._answer(request, connection)
            if answer is None:
                return
            connection.sendall(answer)


def result(request: dict, value: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": value}).encode() + b"\n"
