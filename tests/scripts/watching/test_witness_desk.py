"""A server that asks witnesses: honest ones, one that shows another history, and places that give nonsense."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from coincurve import PrivateKey

from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.seal import SealKind, make_seal
from ledger.secp256k1 import address_of
from scripts.founding.settings import load_settings
from scripts.running.ledgers import make_services
from scripts.watching import witnesses as desk_module
from scripts.watching.page import make_page, serve_page
from scripts.watching.witnesses import MAX_ANSWER, MAX_SOURCES, OWN, TooManyWitnessesError, WitnessDesk, open_witnesses
from tests.scripts.records.serving import serve_peer
from tests.scripts.watching.stage import Stage, vouched, wait_for, watching

KEY = PrivateKey(b"\x51" * 32)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "INTERVAL_S", 0.05)


def answer_with(body: Callable[[BaseHTTPRequestHandler], bytes]) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        data = body(request)
        request.send_response(200)
        request.send_header("content-length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    return answer


def seals(stage: Stage, height: int, block_hash: Hash32 | None = None) -> bytes:
    header = stage.chain.header(Height(height))
    shown = block_hash or (header.hash if header else Hash32(b"\x09" * 32))
    seal = make_seal(SealKind.WITNESS, stage.ledger.chain_id, Height(height), shown, KEY)
    return json.dumps({"seals": [to_hex(seal.encode())]}).encode()


@contextmanager
def desk_over(stage: Stage, *urls: str) -> Iterator[WitnessDesk]:
    with open_witnesses(",".join(urls) or None, stage.ledger.path, stage.chain, stage.ledger.chain_id) as desk:
        yield desk


def test_desk__real_watchdog__is_heard_and_followed(stage: Stage, tmp_path) -> None:
    with watching(stage.options(tmp_path / "watch", stage.show())) as watch, serve_page(make_page(watch), 0) as url:
        first = stage.chain.head().number
        vouched(watch, first)
        with desk_over(stage, url) as desk:
            row = wait_for(desk.vouchings)[0]
            assert (row.witness, row.source, row.agrees, row.is_signed) == (watch.address, url, True, True)
            newer = stage.vote()
            wait_for(lambda: [one for one in desk.vouchings() if one.height == newer], 10)
            assert desk.faults() == {url: ""}


def test_desk__directory_of_a_watchdog__shows_its_own_note(stage: Stage, tmp_path) -> None:
    folder = tmp_path / "watch"
    with watching(stage.options(folder, stage.show())) as watch:
        head = stage.chain.head()
        vouched(watch, head.number)
        with open_witnesses(None, folder, watch.common.judge.chain, stage.ledger.chain_id) as desk:
            (row,) = wait_for(lambda: [one for one in desk.vouchings() if one.height == head.number])
    assert (row.witness, row.height, row.block_hash) == (watch.address, head.number, head.hash)
    assert (row.source, row.agrees, row.is_signed) == (OWN, True, False)


def test_desk__witness_of_another_history__stays_an_alarm(stage: Stage, caplog) -> None:
    bodies = [seals(stage, 2, Hash32(b"\x77" * 32)), seals(stage, 3)]
    answer = answer_with(lambda _: bodies.pop(0) if len(bodies) > 1 else bodies[0])
    with serve_peer(answer) as url, desk_over(stage, url) as desk:
        rows = wait_for(lambda: desk.vouchings() if len(desk.vouchings()) == 2 else None)
    assert [(row.height, row.agrees, row.witness) for row in rows] == [
        (2, False, address_of(KEY)),
        (3, True, address_of(KEY)),
    ]
    assert "another history" in caplog.text


def test_desk__witness_ahead_of_this_chain__is_asked_for_the_newest_block_here(stage: Stage) -> None:
    head = stage.chain.head().number

    def body(request: BaseHTTPRequestHandler) -> bytes:
        return seals(stage, head if f"height={head}" in request.path else head + 5)

    with serve_peer(answer_with(body)) as url, desk_over(stage, url) as desk:
        assert wait_for(desk.vouchings)[0].height == head


def _slow(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.1)


def _redirect(request: BaseHTTPRequestHandler) -> None:
    request.send_response(302)
    request.send_header("location", "http://127.0.0.1:1/")
    request.send_header("content-length", "0")
    request.end_headers()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (answer_with(lambda _: b"[]"), "no seals in JSON"),
        (answer_with(lambda _: b'{"seals": 3}'), "no list"),
        (answer_with(lambda _: b'{"seals": ["0x00"]}'), "seal"),
        (answer_with(lambda _: b'{"seals": [7]}'), "no seals in JSON"),
        (answer_with(lambda _: b'{"seals": []}'), "no seal yet"),
        (answer_with(lambda _: b'{"seals": [' + b",".join([b'"0x00"'] * 65) + b"]}"), "no list"),
        (answer_with(lambda _: b"[" * 5_000), "no seals in JSON"),
        (answer_with(lambda _: b" " * (MAX_ANSWER + 1)), "bytes announced"),
        (_redirect, "status 302"),
        (_slow, "more than"),
    ],
)
def test_desk__place_that_gives_nonsense__says_why_and_knows_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answer: Callable[[BaseHTTPRequestHandler], None], problem: str
) -> None:
    monkeypatch.setattr(desk_module, "QUICK_S", 0.5)
    with serve_peer(answer) as url, desk_over(stage, url) as desk:
        wait_for(lambda: problem in desk.faults()[url])
        assert desk.vouchings() == []


def test_desk__url_with_a_password__is_never_shown(stage: Stage) -> None:
    with desk_over(stage, "http://ada:secret@127.0.0.1:1") as desk:
        ((name, _),) = desk.faults().items()
        shown = wait_for(lambda: desk.faults()[name] if desk.faults()[name] != "not asked yet" else "")
    assert name == "http://127.0.0.1:1"
    assert "secret" not in shown


def test_desk__more_places_than_one_server_asks__is_refused(stage: Stage) -> None:
    urls = [f"http://127.0.0.1:{port}" for port in range(1, MAX_SOURCES + 2)]
    with pytest.raises(TooManyWitnessesError), desk_over(stage, *urls):
        pass


def test_settings__witnesses__reach_the_services(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTAQ_WITNESS", "http://127.0.0.1:1,https://watch.example")
    settings = load_settings(stage.ledger.path)
    assert settings.witness == "http://127.0.0.1:1,https://watch.example"
    with desk_over(stage) as desk:
        node = stage.ledger.node
        services = make_services(
            node.founding, None, node.chain, node.evidence, settings, None, node.clock, witnesses=desk
        )
    assert services.witnesses is desk
