"""The client of geth's socket: good answers, errors, and everything that is no answer."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from node.execution.geth.errors import ExecutorRefusedError, NoAnswerError
from node.execution.geth.rpc import IpcClient
from tests.node.execution.fake_server import Answer, FakeServer, result

Connect = Callable[[Answer], IpcClient]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    servers = []

    def start(answer: Answer) -> IpcClient:
        path = tmp_path / f"s{len(servers)}"
        servers.append(FakeServer(path, answer))
        return IpcClient(path, max_answer_bytes=100_000)

    yield start
    for server in servers:
        server.close()


def echo(request, _) -> bytes:
    if isinstance(request, list):
        parts = [result(item, item["params"]).strip() for item in reversed(request)]
        return b"[" + b",".join(parts) + b"]\n"
    return result(request, request["params"])


def test_call__many_threads__each_gets_its_own_answer(connect: Connect) -> None:
    client = connect(echo)
    wrong: list[object] = []

    def ask(number: int) -> None:
        answers = [client.call("m", number, turn, timeout_s=10) for turn in range(20)]
        wrong.extend(answer for turn, answer in enumerate(answers) if answer != [number, turn])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_batch__answers_out_of_order__come_in_the_order_of_the_requests(connect: Connect) -> None:
    client = connect(echo)
    requests = [("m", [number]) for number in range(2_500)]
    assert client.batch(requests, 10) == [[number] for number in range(2_500)]
    assert client.batch([], 10) == []


def test_call__large_request_and_answer__arrive_whole(connect: Connect) -> None:
    text = "x" * 90_000
    assert connect(echo).call("m", text, timeout_s=10) == [text]


def drip(_, connection: socket.socket) -> None:
    """Never ends, and never pauses for long."""
    for _ in range(100):
        try:
            connection.sendall(b" ")
        except OSError:
            return
        time.sleep(0.05)


NO_ANSWERS: dict[str, tuple[Answer, str]] = {
    "not JSON": (lambda *_: b"<html>busy</html>\n", "JSONDecodeError"),
    "not text": (lambda *_: b'"\xff"\n', "UnicodeDecodeError"),
    "nested too deep": (lambda *_: b"[" * 50_000 + b"\n", "Recursion|JSON"),
    "another number": (lambda *_: b'{"jsonrpc":"2.0","id":99,"result":1}\n', "expected the answer to request"),
    "neither result nor error": (lambda request, _: json.dumps({"id": request["id"]}).encode() + b"\n", "expected a"),
    "an error that is none": (lambda request, _: json.dumps({"id": request["id"], "error": 5}).encode() + b"\n", "exp"),
    "a list": (lambda *_: b"[1]\n", "expected the answer"),
    "closed at once": (lambda *_: None, "closed after 0 bytes"),
    "closed in the middle": (lambda _, connection: connection.sendall(b'{"id":'), "closed after 6 bytes"),
    "without end": (lambda *_: b"1" * 300_000, "more than 100000 bytes"),
    "slowly": (drip, "no answer within 0.5 s"),
    "never": (lambda *_: time.sleep(2), "no answer within 0.5 s"),
}


@pytest.mark.parametrize(("answer", "reason"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_call__no_usable_answer__is_told_in_time(connect: Connect, answer: Answer, reason: str) -> None:
    client = connect(answer)
    began = time.monotonic()
    with pytest.raises(NoAnswerError, match=reason) as caught:
        client.call("some_method", timeout_s=0.5)
    assert "some_method" in caught.value.detail
    assert time.monotonic() - began < 10


def test_call__after_a_lost_connection__takes_a_new_one(connect: Connect) -> None:
    turns = iter([None, b"yes"])
    client = connect(lambda request, _: None if next(turns) is None else result(request, "yes"))
    with pytest.raises(NoAnswerError):
        client.call("m", timeout_s=5)
    assert client.call("m", timeout_s=5) == "yes"


def test_call__error_object__is_a_refusal_with_its_code(connect: Connect) -> None:
    error = {"code": -32000, "message": "nonce too high"}
    client = connect(lambda request, _: json.dumps({"id": request["id"], "error": error}).encode() + b"\n")
    with pytest.raises(ExecutorRefusedError, match="nonce too high") as caught:
        client.call("m", timeout_s=5)
    assert caught.value.facts == {"code": -32000, "message": "nonce too high"}


def test_batch__one_answer_missing__is_no_answer(connect: Connect) -> None:
    client = connect(lambda requests, _: b"[" + result(requests[0], 1).strip() + b"]\n")
    with pytest.raises(NoAnswerError, match="second"):
        client.batch([("first", []), ("second", [])], 5)


def test_batch__refused_as_a_whole__is_no_answer(connect: Connect) -> None:
    client = connect(lambda *_: b'{"id":null,"error":{"code":-32600,"message":"batch too large"}}\n')
    with pytest.raises(NoAnswerError, match="batch too large"):
        client.batch([("first", [])], 5)


def test_call__nobody_listens__is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError, match="FileNotFoundError"):
        IpcClient(tmp_path / "none").call("m", timeout_s=1)
