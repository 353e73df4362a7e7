"""A feed read from peers that lie."""

import time
from http.server import BaseHTTPRequestHandler

import pytest

from ledger.bundle.frames import encode_seal_frame
from scripts.records.feed import FeedClient, PeerMisbehavesError
from scripts.running.sources import NodeUnreachableError
from tests.scripts.records.serving import serve_peer


def headers(handler: BaseHTTPRequestHandler, status: int = 200, **fields: str) -> None:
    handler.send_response(status)
    for name, value in fields.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def ask(answer, read, **limits: float):
    with serve_peer(answer) as url:
        client = FeedClient(url, **limits)
        try:
            return read(client)
        finally:
            client.close()


def test_client__stream_without_end__stops_at_the_limit() -> None:
    sent = 0

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        headers(handler)
        while True:
            handler.wfile.write(bytes(1 << 16))
            sent += 1 << 16

    with pytest.raises(PeerMisbehavesError, match="more than 1048576 bytes"):
        ask(answer, lambda client: client.keys())
    assert sent < 1 << 26


def test_client__ten_gigabytes_announced__reads_none_of_them() -> None:
    with pytest.raises(PeerMisbehavesError, match="announced"):
        ask(lambda handler: headers(handler, content_length=str(10**10)), lambda client: client.genesis())


def test_client__shorter_than_announced__unreachable() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        headers(handler, content_length="1000")
        handler.wfile.write(b"{}")

    with pytest.raises(NodeUnreachableError):
        ask(answer, lambda client: client.genesis())


def test_client__redirect__is_not_followed() -> None:
    asked = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        headers(handler, 302, location="/elsewhere")

    with pytest.raises(PeerMisbehavesError, match="status 302"):
        ask(answer, lambda client: client.genesis())
    assert len(asked) == 1


def test_client__a_byte_now_and_then__stops_when_its_time_is_over() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        headers(handler)
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(PeerMisbehavesError, match=r"more than 0\.3 s"):
        ask(answer, lambda client: client.genesis(), answer_s=0.3)
    assert time.monotonic() - began < 5


def test_client__silence__unreachable() -> None:
    with pytest.raises(NodeUnreachableError):
        ask(lambda handler: time.sleep(1), lambda client: client.genesis(), silence_s=0.2)


def test_client__frame_that_declares_four_gigabytes__refused() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        headers(handler)
        handler.wfile.write(b"\xff\xff\xff\xff")

    with pytest.raises(PeerMisbehavesError, match="frame of 4294967295 bytes"):
        ask(answer, lambda client: list(client.blocks(0, 0)))


@pytest.mark.parametrize("parts", [(b"\xc0", b"\xc0", b""), (b"\xc2\xc0\xc0", b"\xc0", b""), (b"\xff" * 9, b"", b"")])
def test_client__frames_that_are_no_block__refused(parts: tuple[bytes, ...]) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        headers(handler)
        handler.wfile.write(b"".join(map(encode_seal_frame, parts)))

    with pytest.raises(PeerMisbehavesError):
        ask(answer, lambda client: list(client.blocks(0, 0)))


def test_client__no_blocks_at_all__refused() -> None:
    with pytest.raises(PeerMisbehavesError, match="no block 5"):
        ask(lambda handler: headers(handler, content_length="0"), lambda client: list(client.blocks(5, 9)))


def test_client__deep_json_or_no_json__refused() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        headers(handler)
        handler.wfile.write(b"[" * 100_000)

    with pytest.raises(PeerMisbehavesError, match="no JSON"):
        ask(answer, lambda client: client._json("head"))


def test_client__nobody_listens__unreachable() -> None:
    client = FeedClient("http://127.0.0.1:9")
    with pytest.raises(NodeUnreachableError):
        client.genesis()
