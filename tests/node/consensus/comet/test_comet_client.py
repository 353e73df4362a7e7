"""The RPC client against a server that answers what it is told to."""

import json
import socket
import socketserver
import tempfile
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from node.consensus.comet.rpc import PAGE, CometRpc, CometRpcError, CometUnreachableError


class Told(BaseHTTPRequestHandler):
    """Answers each call by the function of its method's name in `answers`; a list of one without the list."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        calls = asked if isinstance(asked, list) else [asked]
        answers = [self.answer(call) for call in (calls[:1] if self.server.forgets else calls)]
        found = answers[0] if len(answers) == 1 else answers
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, call: dict[str, Any]) -> dict[str, Any] | bytes:
        answer = self.server.answers[call["method"]](**call["params"])
        return answer if isinstance(answer, bytes) else {"jsonrpc": "2.0", "id": call["id"], **answer}

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        return "unix"


class TalkingOn(Told):
    """Keeps its connections, as CometBFT does."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections.append(self.connection)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    answers: dict[str, Any]
    forgets = False
    """Whether it answers the first call of a list only."""


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="ortaq-") as folder:
        made = Server(str(Path(folder) / "rpc.sock"), Told)
        made.answers = {}
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()
        made.server_close()


@pytest.fixture
def rpc(server: Server) -> CometRpc:
    return CometRpc(Path(server.server_address))


def failed(message: str, data: str) -> dict[str, Any]:
    return {"error": {"code": -32603, "message": message, "data": data}}


def test_broadcast__several__says_of_each_in_order_why_there_is_no_place(server: Server, rpc: CometRpc) -> None:
    seen = []

    def answer(tx: str) -> dict[str, Any]:
        seen.append(b64decode(tx))
        full = failed("Internal error", "mempool is full")
        return full if len(seen) == 2 else {"result": {"code": 0, "log": "", "hash": ""}}

    server.answers["broadcast_tx_async"] = answer
    assert rpc.broadcast([b"\x00\xff", b"", b"x"]) == [None, "Internal error: mempool is full", None]
    assert seen == [b"\x00\xff", b"", b"x"]


def test_broadcast__single_one__is_answered_without_a_list(server: Server, rpc: CometRpc) -> None:
    server.answers["broadcast_tx_async"] = lambda **_: failed("Internal error", "tx already exists in cache")
    assert rpc.broadcast([b"x"]) == ["Internal error: tx already exists in cache"]


def test_broadcast__too_few_answers__is_unreachable(server: Server, rpc: CometRpc) -> None:
    server.answers["broadcast_tx_async"] = lambda **_: {"result": {}}
    server.forgets = True
    with pytest.raises(CometUnreachableError, match="1 answers to 2"):
        rpc.broadcast([b"x", b"y"])


def test_commit__above_the_head__is_none(server: Server, rpc: CometRpc) -> None:
    server.answers["commit"] = lambda height: failed(
        "Internal error", f"height {height} must be less than or equal to the current blockchain height 3"
    )
    assert rpc.commit(4) is None
    server.answers["commit"] = lambda **_: failed("Internal error", "height 1 is not available, lowest height is 3")
    with pytest.raises(CometRpcError, match="lowest"):
        rpc.commit(1)
    server.answers["commit"] = lambda height: {"result": {"signed_header": height}}
    assert rpc.commit(3) == {"signed_header": "3"}


def test_validators__several_pages__are_joined(server: Server, rpc: CometRpc) -> None:
    everybody = [{"address": str(n)} for n in range(2 * PAGE + 1)]

    def answer(height: str, page: str, per_page: str) -> dict[str, Any]:
        start = (int(page) - 1) * int(per_page)
        rows = everybody[start : start + int(per_page)]
        return {"result": {"block_height": height, "validators": rows, "total": str(len(everybody))}}

    server.answers["validators"] = answer
    assert rpc.validators(7) == everybody


@pytest.mark.parametrize("body", [b"", b"<html>", b"{"])
def test_call__answer_that_is_no_json__is_unreachable(server: Server, rpc: CometRpc, body: bytes) -> None:
    server.answers["status"] = lambda: body
    with pytest.raises(CometUnreachableError, match="status"):
        rpc.status()


def test_call__nobody_there__is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(CometUnreachableError, match="no answer to net_info"):
        CometRpc(tmp_path / "rpc.sock").net_info()


def test_call__several__share_a_connection_until_cometbft_closes_it() -> None:
    with tempfile.TemporaryDirectory(prefix="ortaq-") as folder:
        server = Server(str(Path(folder) / "rpc.sock"), TalkingOn)
        server.answers = {"status": lambda: {"result": {}}}
        server.connections = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rpc = CometRpc(Path(server.server_address))
        for expected in (1, 1, 2):
            if expected == 2:
                server.connections[0].shutdown(socket.SHUT_RDWR)
            rpc.status()
            assert len(server.connections) == expected
        rpc.close()
        rpc.status()
        assert len(server.connections) == 3
        rpc.close()
        server.shutdown()
        server.server_close()
