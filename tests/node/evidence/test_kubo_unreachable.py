"""What the Kubo store says when there is no daemon, or one that lies."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from ledger.errors import CannotCheckError
from ledger.evidence.cid import Codec, cid_of
from ledger.evidence.errors import BadCidError, EvidenceDamagedError, EvidenceNotFoundError
from node.evidence import KuboEvidenceStore, open_evidence_store
from node.evidence.errors import KuboDisagreesError, KuboRefusedError, KuboTooSlowError, KuboUnreachableError

pytestmark = pytest.mark.filterwarnings("ignore:The 'strict' parameter:FutureWarning")

NAMED = str(cid_of(Codec.RAW, b"named"))
OTHER = str(cid_of(Codec.RAW, b"other"))


class FakeDaemon:
    """Answers each path with what the test sets; a path without an answer gets none in time."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {"version": (200, b'{"Version": "0.42.0"}')}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                command = self.path.split("?")[0].removeprefix("/api/v0/")
                if command not in fake.answers:
                    return fake.stopped.wait(5)
                status, body = fake.answers[command]
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                return None

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self.stopped = Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"/ip4/127.0.0.1/tcp/{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def refuse(self, command: str, message: str) -> None:
        self.answers[command] = 500, json.dumps({"Message": message, "Code": 0, "Type": "error"}).encode()

    def stop(self) -> None:
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def fake() -> Iterator[FakeDaemon]:
    daemon = FakeDaemon()
    yield daemon
    daemon.stop()


def test_open__nobody_listens__says_the_address_and_what_to_start(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"/ip4/127.0.0.1/tcp/{free.getsockname()[1]}"
    with pytest.raises(KuboUnreachableError, match=f"{address} .*ipfs daemon"):
        open_evidence_store(tmp_path, address)
    assert issubclass(KuboUnreachableError, CannotCheckError)


@pytest.mark.parametrize(
    "address", ["", "localhost:5001", "http://127.0.0.1:5001", "/ip4/127.0.0.1/udp/5001", "/ip4/1"]
)
def test_open__no_multiaddr__is_refused(tmp_path, address):
    with pytest.raises(KuboUnreachableError, match="AddressError"):
        open_evidence_store(tmp_path, address)


@pytest.mark.parametrize("answer", [(404, b"<html>"), (200, b"<html>"), (200, b"{}")])
def test_open__something_else_listens__is_refused(fake, answer):
    fake.answers["version"] = answer
    with pytest.raises(KuboUnreachableError, match=fake.address):
        KuboEvidenceStore(fake.address)


def test_add__daemon_names_another_cid__is_refused(fake):
    fake.answers["add"] = 200, json.dumps({"Name": OTHER, "Hash": OTHER, "Size": "5"}).encode()
    with pytest.raises(KuboDisagreesError, match=f"gave CID {OTHER}, expected {NAMED}"):
        KuboEvidenceStore(fake.address).add(b"named")


def test_get__daemon_sends_other_bytes__is_damaged(fake):
    fake.answers["block/get"] = 200, b"other"
    with pytest.raises(EvidenceDamagedError, match=f"evidence {NAMED} is damaged: its 5 bytes hash to {OTHER}"):
        KuboEvidenceStore(fake.address).get(NAMED)


def test_get__daemon_has_it_not__is_not_found(fake):
    fake.refuse("block/get", "block was not found locally (offline): ipld: could not find it")
    with pytest.raises(EvidenceNotFoundError, match=NAMED):
        KuboEvidenceStore(fake.address).get(NAMED)


def test_get__network_gives_nothing_in_time__is_not_found(fake):
    with pytest.raises(EvidenceNotFoundError, match=r"within 0\.2 s"):
        KuboEvidenceStore(fake.address, timeout_s=0.2).get(NAMED)


def test_has__daemon_too_slow__is_not_taken_for_absence(fake):
    with pytest.raises(KuboTooSlowError, match=r"within 0\.2 s"):
        KuboEvidenceStore(fake.address, timeout_s=0.2).has(NAMED)


def test_has_and_get__daemon_fails__its_words_are_passed_on(fake):
    for command in ("block/stat", "block/get"):
        fake.refuse(command, "leveldb: closed")
    store = KuboEvidenceStore(fake.address)
    for ask in (store.has, store.get):
        with pytest.raises(KuboRefusedError, match="leveldb: closed"):
            ask(NAMED)


def test_get__no_cid__is_refused_before_the_daemon_is_asked(fake):
    store = KuboEvidenceStore(fake.address)
    for ask in (store.has, store.get, store.get_directory):
        with pytest.raises(BadCidError):
            ask("/ipns/example.org")
