"""Peers that stream for ever, answer slowly, redirect or lie about length, beside an honest one."""

import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ledger.primitives import to_hex
from node.watchdog.alarms import AlarmBook, Code
from scripts.cli import main
from scripts.watching.peers import BadPeerError
from scripts.watching.watch import open_watch
from tests.scripts.records.serving import serve_peer
from tests.scripts.watching.stage import Stage, alarm, vouched, wait_for, watching


def head(handler: BaseHTTPRequestHandler, status: int = 200, **fields: str) -> None:
    handler.send_response(status)
    for name, value in fields.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def stream_for_ever(handler: BaseHTTPRequestHandler) -> None:
    head(handler)
    while True:
        handler.wfile.write(bytes(1 << 16))


def drip(handler: BaseHTTPRequestHandler, first: bytes = b"") -> None:
    head(handler)
    handler.wfile.write(first)
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.2)


def announce_ten_gigabytes(handler: BaseHTTPRequestHandler) -> None:
    head(handler, content_length=str(10**10))


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    head(handler, content_length="1000")
    handler.wfile.write(b"{}")


def redirect(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 302, location="http://127.0.0.1:1/")


def nest(handler: BaseHTTPRequestHandler) -> None:
    head(handler)
    handler.wfile.write(b"[" * 100_000)


def fail(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 500)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (stream_for_ever, Code.PEER_MISBEHAVES),
        (drip, Code.PEER_MISBEHAVES),
        (announce_ten_gigabytes, Code.PEER_MISBEHAVES),
        (cut_short, Code.PEER_UNREACHABLE),
        (redirect, Code.PEER_MISBEHAVES),
        (nest, Code.PEER_MISBEHAVES),
        (fail, Code.PEER_MISBEHAVES),
        (lambda handler: time.sleep(5), Code.PEER_UNREACHABLE),
    ],
)
def test_watch__bad_peer__told_in_time_and_the_honest_one_followed(
    stage: Stage, tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None], code: Code
) -> None:
    with serve_peer(answer) as bad:
        began = time.monotonic()
        # The honest peer is named last: opening needs somebody who gives the founding.
        with watching(stage.options(tmp_path / "watch", stage.show(), bad)) as watch:
            found = alarm(watch, code, 6)
            assert found.subject == bad
            assert time.monotonic() - began < 7
            assert vouched(watch, stage.chain.head().number) == stage.chain.head().hash


def test_watch__peer_that_drips_a_block__told_while_it_still_drips(stage: Stage, tmp_path: Path) -> None:
    founding = to_hex(stage.ledger.node.founding.hash)
    record = f'{{"height": 99, "hash": "0x{"11" * 32}", "founding": "{founding}", "seal": "0x01"}}'

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/head"):
            head(handler, content_length=str(len(record)))
            handler.wfile.write(record.encode())
        else:
            # The length of a block's frame, of which then little comes.
            drip(handler, b"\0\1\0\0")

    with serve_peer(answer) as bad, watching(stage.options(tmp_path / "watch", stage.show(), bad)) as watch:
        found = alarm(watch, Code.WITHHOLDING, 6)
        assert found.subject == bad
        assert vouched(watch, stage.chain.head().number) == stage.chain.head().hash


def test_watch__peer_that_went_away__told_until_it_is_back(stage: Stage, tmp_path: Path) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    with watching(stage.options(tmp_path / "watch", stage.show(), url)) as watch:
        alarm(watch, Code.PEER_UNREACHABLE)
        assert not watch.common.alarms.has(Code.PEER_UNREACHABLE, watch.followers[0].peer.name)


def test_peers__none_or_twice_or_no_url__refused(stage: Stage, tmp_path: Path) -> None:
    for urls in ((), ("town",), ("http://a", "http://a/")):
        with pytest.raises(BadPeerError), open_watch(stage.options(tmp_path / "watch", *urls), AlarmBook(time.time)):
            raise AssertionError
    assert not (tmp_path / "watch").exists()


def test_command__nobody_answers__cannot_be_checked_and_writes_nothing(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "watch"
    words = ["watch", "--anchor", stage.ledger.anchor.text, "--dir", str(folder), "--once", "http://127.0.0.1:9"]
    assert main(words) == 3
    assert not folder.exists()


@pytest.mark.parametrize("answer", [nest, announce_ten_gigabytes, redirect, fail])
def test_command__peer_that_gives_no_founding__is_an_error_and_writes_nothing(
    stage: Stage, tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    folder = tmp_path / "watch"
    with serve_peer(answer) as bad:
        words = ["watch", "--anchor", stage.ledger.anchor.text, "--dir", str(folder), "--once", bad]
        assert main(words) == 3
    assert not folder.exists()


def test_name__url_with_a_password__is_shown_without(stage: Stage, tmp_path: Path) -> None:
    url = stage.show().replace("http://", "http://ada:secret@")
    with watching(stage.options(tmp_path / "watch", url)) as watch:
        wait_for(lambda: watch.followers[0].state.agreed)
        assert "secret" not in str(watch.status)
