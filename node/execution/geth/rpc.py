"""JSON-RPC over a unix socket: one request at a time on a connection, connections shared by all threads."""

import json
import socket
import threading
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from node.execution.geth.errors import ExecutorRefusedError, NoAnswerError

MAX_ANSWER_BYTES = 512 * 2**20
"""Above the largest block's receipts by far; an answer without end must not fill the memory."""
MAX_BATCH = 1_000
"""Requests in a batch, as many as geth takes."""
READ_BYTES = 1 << 20

Request = tuple[str, Sequence[Any]]


class IpcClient:
    """A client of one server. Any number of threads may use it."""

    def __init__(self, path: Path, max_answer_bytes: int = MAX_ANSWER_BYTES) -> None:
        self.path = path
        self._max_answer_bytes = max_answer_bytes
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()
        self._numbers = count(1)

    def call(self, method: str, *parameters: Any, timeout_s: float) -> Any:
        """Return the result of one request.

        Errors  NoAnswerError; ExecutorRefusedError(code, message, data) where the answer is an error.
        """
        number = next(self._numbers)
        answer = self._exchange(_encode(number, method, parameters), method, timeout_s)
        return _result(answer, number, method)

    def batch(self, requests: Sequence[Request], timeout_s: float) -> list[Any]:
        """Return the results of several requests, in their order. Errors: as `call`, for the first that fails."""
        results: list[Any] = []
        for start in range(0, len(requests), MAX_BATCH):
            results += self._batch(requests[start : start + MAX_BATCH], timeout_s)
        return results

    def close(self) -> None:
        """Drop idle connections; the client may be used again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _batch(self, requests: Sequence[Request], timeout_s: float) -> list[Any]:
        numbers = [next(self._numbers) for _ in requests]
        texts = (_encode(number, *request) for number, request in zip(numbers, requests, strict=True))
        answers = self._exchange(b"[" + b",".join(texts) + b"]", "batch", timeout_s)
        if not isinstance(answers, list):
            # geth refuses a batch as a whole with a single answer, whose number is null.
            raise NoAnswerError(f"executor: batch: found {str(answers)[:200]}, expected a list of answers")
        by_number = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        return [
            _result(by_number.get(number), number, method)
            for number, (method, _) in zip(numbers, requests, strict=True)
        ]

    def _exchange(self, data: bytes, method: str, timeout_s: float) -> Any:
        deadline = time.monotonic() + timeout_s
        connection: socket.socket | None = None
        try:
            connection = self._take(timeout_s)
            connection.settimeout(timeout_s)
            connection.sendall(data)
            line = self._read_line(connection, deadline)
            answer = json.loads(line)
        except TimeoutError as error:
            _drop(connection)
            raise NoAnswerError(f"executor: {method}: no answer within {timeout_s:g} s") from error
        except (OSError, ValueError, RecursionError) as error:
            _drop(connection)
            raise NoAnswerError(f"executor: {method}: {type(error).__name__}: {error}") from error
        except BaseException:
            _drop(connection)
            raise
        with self._lock:
            self._idle.append(connection)
        return answer

    def _take(self, timeout_s: float) -> socket.socket:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(timeout_s)
            connection.connect(str(self.path))
        except BaseException:
            connection.close()
            raise
        return connection

    def _read_line(self, connection: socket.socket, deadline: float) -> bytes:
        """One answer: the server ends each with a newline, and sends nothing that was not asked for."""
        parts: list[bytes] = []
        size = 0
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
            part = connection.recv(READ_BYTES)
            if not part:
                raise OSError(f"connection closed after {size} bytes of an answer")
            parts.append(part)
            size += len(part)
            if part.endswith(b"\n"):
                return b"".join(parts)
            if size > self._max_answer_bytes:
                raise OSError(f"answer of more than {self._max_answer_bytes} bytes")


def _encode(number: int, method: str, parameters: Sequence[Any]) -> bytes:
    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(parameters)}
    return json.dumps(request, separators=(",", ":")).encode()


def _result(answer: Any, number: int, method: str) -> Any:
    if not isinstance(answer, dict) or answer.get("id") != number:
        raise NoAnswerError(f"executor: {method}: found {str(answer)[:200]}, expected the answer to request {number}")
    error = answer.get("error")
    if error is None and "result" in answer:
        return answer["result"]
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        raise NoAnswerError(f"executor: {method}: found {str(answer)[:200]}, expected a result or an error")
    raise ExecutorRefusedError(
        f"executor: {method}: {error['message']}", code=error.get("code"), message=error["message"]
    )


def _drop(connection: socket.socket | None) -> None:
    if connection is not None:
        connection.close()
