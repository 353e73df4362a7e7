"""A citizen who knows a node by its URL alone: she sends, takes her receipt and slip, and judges by her anchor."""

import json
import tracemalloc
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from api.app import create_app
from ledger.primitives import Hash32, Height
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.promise import Promise
from ledger.proofs.receipt_json import MAX_BYTES, encode_receipt
from ledger.secp256k1 import address_of
from ledger.views.questions import load_question
from node.keys import save_key
from scripts.cli import main
from tests.api.town import DeskRelay, Town, build
from tests.scripts.calling import run
from tests.scripts.records.serving import serve_app, serve_peer
from tests.scripts.small_ledger import voter_key

SEAT = 6
CAST = ("ballot", "cast", "--question", 3, "--seat", SEAT, "--key", f"seat-{SEAT}.json", "--choice", "2")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of its own: these tests vote in it."""
    built = build(tmp_path_factory.mktemp("citizen") / "town")
    yield built
    built.ledger.node.close()


@pytest.fixture(scope="module")
def url(town: Town) -> Iterator[str]:
    with serve_app(create_app(town.services())) as served:
        yield served


@pytest.fixture
def place(tmp_path: Path, town: Town, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORTAQ_LEDGER", raising=False)
    for seat in (SEAT, SEAT + 1):
        save_key(tmp_path, f"seat {seat}", voter_key(seat), None)
    (tmp_path / "anchor.txt").write_text(town.ledger.anchor.text + "\n")
    return tmp_path


def test_citizen__casts_by_url__holds_receipt_code_link_and_qr(
    place: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, sent, _ = run(capsys, *CAST, "-l", url, "--qr", "code.svg", "--receipt", "mine.json")

    assert (code, sent["acknowledged"], sent["receipt"]) == (0, True, "mine.json")
    assert sent["link"] == f"{url}/verify#{sent['code']}"
    assert (place / "code.svg").read_text().startswith("<?xml")
    assert (place / "mine.json").stat().st_mode & 0o077 == 0
    code, verdict, _ = run(capsys, "verify", "mine.json", "--anchor", "anchor.txt")
    assert (code, verdict["standing"], verdict["code"]) == (0, "counted", sent["code"])
    assert verdict["advice"][0].startswith("you can replace it until 20")
    assert "choice" not in verdict

    assert main(["receipt", "make", url, sent["code"], "-o", "again.json", "--site", "https://a.example/"]) == 0
    out, err = capsys.readouterr()
    assert f"https://a.example/verify#{sent['code']}" in out
    assert "▄" in out
    assert "how up to" in err
    assert (place / "again.json").read_bytes() == (place / "mine.json").read_bytes()


def test_citizen__code_alone__is_judged_here(
    place: Path, url: str, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-l", url, "--anchor", "anchor.txt")
    code, verdict, _ = run(capsys, "verify", town.code(town.final).upper().replace("-", " "), *words)
    assert (code, verdict["standing"], verdict["final"], verdict["advice"]) == (0, "counted", True, [])
    code, verdict, _ = run(capsys, "verify", town.code(town.replaced), *words)
    assert (code, verdict["standing"]) == (1, "replaced")
    assert "tell the registrar" in verdict["advice"][0]
    code, verdict, _ = run(capsys, "verify", town.code(town.final), "-l", url)
    assert (code, verdict["standing"]) == (3, "cannot be checked")
    code, verdict, _ = run(capsys, "verify", "abandon-0000-0000-0000-0000", *words)
    assert (code, verdict["standing"], verdict["vote"]) == (3, "cannot be checked", None)
    assert "its word and no proof" in verdict["reason"]
    assert run(capsys, "verify", town.code(town.final))[1]["type"] == "no-ledger-named"


def test_citizen__ballot_that_never_came__is_proved_not_to_count(
    place: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ballot", "make", "--question", 3, "--seat", SEAT + 1, "--key", f"seat-{SEAT + 1}.json", "--choice", "1"]
    run(capsys, *words, "-o", "mine-ballot.json", "-l", url)
    code, made, _ = run(capsys, "receipt", "make", "-l", url, "--ballot", "mine-ballot.json", "-o", "none.json")
    assert code == 0
    code, verdict, _ = run(capsys, "verify", "none.json", "--anchor", "anchor.txt")
    assert (code, verdict["standing"], verdict["code"]) == (1, "not in the count", made["code"])
    assert any("the promise is your evidence" in line for line in verdict["advice"])
    assert any("send the same ballot again" in line for line in verdict["advice"])


def test_citizen__relay_that_only_promises__leaves_the_promise_in_a_file(
    place: Path, town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.voting.ballots.ACKNOWLEDGE_S", 0.0)
    relay = DeskRelay(town, is_silent=True)
    with serve_app(create_app(town.services(relay=relay))) as url:
        words = (*CAST[:5], SEAT + 1, "--key", f"seat-{SEAT + 1}.json", "--choice", "1")
        code, sent, _ = run(capsys, *words, "-l", url)

    assert (code, sent["acknowledged"]) == (3, False)
    record = json.loads((place / sent["promise"]).read_text())
    promise = Promise(
        record["chain_id"],
        Hash32(bytes.fromhex(record["digest"][2:])),
        Height(record["include_by"]),
        bytes.fromhex(record["signature"][2:]),
    )
    assert "0x" + promise.relay().hex() == record["relay"] == "0x" + _address(relay)
    assert record["include_by"] == sent["include_by"]


def _address(relay: DeskRelay) -> str:

    return address_of(relay.key).hex()


def test_seat_by_url__needs_the_directory(place: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("receipt", "make", "-l", url)
    assert run(capsys, *words, "--seat", 1, "--question", 1)[1]["type"] == "directory-needed"
    assert run(capsys, *words, "--seat", 1)[1]["type"] == "ambiguous-ballot"
    code, facts, _ = run(capsys, *words, "abandon-0000-0000-0000-0000")
    assert (code, facts["type"]) == (2, "unknown-ballot")


@pytest.mark.parametrize(("option", "value"), [("--qr", "code.gif"), ("--site", "ledger.example")])
def test_slip__that_cannot_be_made__is_refused_before_anything_is_sent(
    place: Path, url: str, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(place.iterdir())
    code, facts, _ = run(capsys, *CAST, "-l", url, option, value)
    assert (code, facts["type"]) == (2, "bad-input")
    assert sorted(place.iterdir()) == before


Answer = tuple[int, dict[str, str], Iterable[bytes]]


def _answer_of(kind: str, other: bytes) -> Answer:
    """What a node that cannot be trusted may answer."""
    answers: dict[str, Answer] = {
        "another ballot": (200, {}, [other]),
        "no receipt": (200, {}, [b"{}"]),
        "deep": (200, {}, [b"[" * 100_000]),
        "nothing": (200, {}, [b""]),
        "truncated": (200, {}, [other[:-100]]),
        "for ever": (200, {}, (b"x" * 65_536 for _ in range(100 * MAX_BYTES // 65_536))),
        "compressed": (200, {"content-encoding": "gzip"}, [b"\x1f\x8b" + bytes(100)]),
        "ten gigabytes": (200, {"content-length": str(10**10)}, [b""]),
        "elsewhere": (302, {"location": "http://127.0.0.1:1/"}, [b""]),
        "fault without shape": (500, {}, [b"oops"]),
        "deep fault": (500, {}, [b"[" * 100_000]),
    }
    return answers[kind]


@pytest.mark.parametrize(
    "kind",
    [
        *("another ballot", "no receipt", "deep", "nothing", "truncated", "for ever", "compressed", "elsewhere"),
        *("ten gigabytes", "fault without shape", "deep fault"),
    ],
)
def test_node__that_lies__gets_no_verdict_and_little_memory(
    place: Path, town: Town, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    question = load_question(town.chain.state(), 3)
    other = encode_receipt(ReceiptMaker(town.chain, town.chain_id).make(question, town.counted))
    status, headers, pieces = _answer_of(kind, other)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(piece)

    tracemalloc.start()
    with serve_peer(answer) as url:
        code, facts, _ = run(capsys, "verify", town.code(town.final), "-l", url, "--anchor", "anchor.txt")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, facts["type"]) in ((3, "foreign-proof"), (3, "node-unreachable"))
    assert most < 16 * MAX_BYTES
