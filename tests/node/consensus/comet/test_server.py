"""The socket: four connections at once, split and broken messages, exceptions."""

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.consensus.comet import abci_pb2 as abci
from node.consensus.comet.server import AbciServer
from node.consensus.comet.wire import FrameReader, encode_frame
from tests.node.consensus.comet.stage import Founded, Stage
from tests.paths import REPOSITORY


class Connection:
    """One of CometBFT's connections."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self.frames = FrameReader()
        self.waiting: list[bytes] = []

    def send(self, **request: object) -> None:
        self.socket.sendall(encode_frame(abci.Request(**request).SerializeToString()))

    def receive(self) -> abci.Response | None:
        """The next answer, None where the connection was closed."""
        while not self.waiting:
            data = self.socket.recv(1 << 16)
            if not data:
                return None
            self.waiting += self.frames.feed(data)
        return abci.Response.FromString(self.waiting.pop(0))

    def ask(self, **request: object) -> abci.Response | None:
        self.send(**request)
        self.send(flush=abci.Empty())
        answer = self.receive()
        if answer is not None and answer.WhichOneof("value") != "exception":
            flushed = self.receive()
            assert flushed is not None
            assert flushed.WhichOneof("value") == "flush"
        return answer


@pytest.fixture
def server(stage: Stage) -> Iterator[AbciServer]:
    with tempfile.TemporaryDirectory(prefix="ortaq-") as folder:
        made = AbciServer(stage.app, Path(folder) / "app.sock")
        made.start()
        yield made
        made.close()


def connect(server: AbciServer) -> Connection:
    return Connection(server._path)


def test_server__four_connections__are_answered_each(server: AbciServer) -> None:
    connections = [connect(server) for _ in range(4)]
    for n, connection in enumerate(connections):
        connection.send(echo=abci.RequestEcho(message=f"{n}"))
        connection.send(flush=abci.Empty())
    for n, connection in enumerate(connections):
        assert connection.receive().echo.message == f"{n}"
        assert connection.receive().HasField("flush")


def test_server__message_byte_by_byte__is_answered(server: AbciServer) -> None:
    connection = connect(server)
    for byte in encode_frame(abci.Request(echo=abci.RequestEcho(message="slow" * 40)).SerializeToString()):
        connection.socket.sendall(bytes([byte]))
    assert connection.receive().echo.message == "slow" * 40


def test_server__many_checks_at_once__are_answered_in_order(founded: Founded, server: AbciServer) -> None:
    connection = connect(server)
    raws = [founded.admit(nonce) for nonce in range(30)]
    for raw in [*raws, raws[0][:-1]]:
        connection.send(check_tx=abci.RequestCheckTx(tx=raw))
    connection.send(flush=abci.Empty())
    codes = [connection.receive().check_tx.code for _ in range(31)]
    assert codes == [0] * 30 + [1]
    assert connection.receive().HasField("flush")


def test_server__query_while_a_block_is_executed__is_answered_at_once(
    stage: Stage, server: AbciServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(stage.app, "_prepare_proposal", lambda *_: release.wait(20))
    busy, other = connect(server), connect(server)
    busy.send(prepare_proposal=abci.RequestPrepareProposal(height=1))
    busy.send(flush=abci.Empty())
    assert other.ask(query=abci.RequestQuery(path="/p2p/filter/addr/1.2.3.4:5")).query.code == 0
    assert other.ask(check_tx=abci.RequestCheckTx(tx=b"x")).check_tx.code == 1
    release.set()
    assert busy.receive() is not None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x80\xc2\xd7\x2f", "100000000 bytes announced"),
        (b"\xff" * 10, "varint"),
        (encode_frame(b"\xff\xff\xff"), "no request of ABCI"),
        (encode_frame(abci.Request(echo=abci.RequestEcho(message="x" * 90)).SerializeToString())[:-5], "cut off"),
    ],
)
def test_server__bytes_that_are_no_message__close_that_connection_alone_with_a_reason(
    server: AbciServer, data: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = connect(server), connect(server)
    bad.socket.sendall(data)
    if reason == "cut off":
        bad.socket.shutdown(socket.SHUT_WR)
    assert bad.receive() is None
    assert good.ask(echo=abci.RequestEcho(message="still here")).echo.message == "still here"
    assert reason in caplog.text


def test_server__hundred_megabytes_announced_and_sent__take_no_memory(server: AbciServer) -> None:
    before = resident_bytes()
    bad = connect(server)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        bad.socket.sendall(b"\x80\xc2\xd7\x2f" + bytes(100_000_000))
    assert resident_bytes() - before < 120_000_000 + 20_000_000  # what the test itself sends, and little more


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_server__unknown_request__is_answered_by_an_exception_and_closed(server: AbciServer) -> None:
    connection = connect(server)
    connection.socket.sendall(encode_frame(b""))
    answer = connection.receive()
    assert "unknown" in answer.exception.error
    assert connection.receive() is None


def test_server__application_that_fails__answers_an_exception_and_closes(
    server: AbciServer, caplog: pytest.LogCaptureFixture
) -> None:
    connection = connect(server)
    request = abci.RequestInitChain(chain_id="ortaq-1", initial_height=1)
    # It may be closed before anything else is sent.
    connection.send(init_chain=request)
    answer = connection.receive()
    assert "chain_id: found ortaq-1" in answer.exception.error
    assert connection.receive() is None
    assert "init_chain failed" in caplog.text


def test_close__while_connected__ends_connections_and_removes_the_socket(server: AbciServer) -> None:
    connection = connect(server)
    assert connection.ask(echo=abci.RequestEcho(message="x")) is not None
    started = time.monotonic()
    server.close()
    assert time.monotonic() - started < 5
    assert connection.receive() is None
    assert not server._path.exists()


def test_start__socket_that_cannot_be_made__says_why(stage: Stage, tmp_path: Path) -> None:
    server = AbciServer(stage.app, tmp_path / "no folder" / "app.sock")
    with pytest.raises(OSError, match="No such file"):
        server.start()
    server.close()


def test_messages__generated_module__is_up_to_date(tmp_path: Path) -> None:
    from grpc_tools import protoc

    name = "node/consensus/comet/abci.proto"
    command = ["protoc", f"-I{REPOSITORY}", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", str(REPOSITORY / name)]
    assert protoc.main(command) == 0
    for suffix in ("py", "pyi"):
        module = f"node/consensus/comet/abci_pb2.{suffix}"
        assert (tmp_path / module).read_bytes() == (REPOSITORY / module).read_bytes(), "run: make proto"
