"""How a watchdog speaks: page, data, metrics, webhook; and the files that read its metrics."""

import json
import re
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from ledger.evidence.cid import Cid, Codec, cid_of
from ledger.proofs.seal import SealKind, decode_seal
from node.evidence.local import LocalEvidenceStore
from node.watchdog.alarms import Alarm, AlarmBook, Code
from scripts.cli import main
from scripts.watching.following import PeerState
from scripts.watching.metrics import render_metrics
from scripts.watching.monitor import Monitor
from scripts.watching.page import WatchPortError, make_page, serve_page
from scripts.watching.patrol import Patrol
from scripts.watching.peers import Peer
from scripts.watching.telling import Webhook
from tests.paths import REPOSITORY
from tests.scripts.watching.stage import Stage, alarm, vouched, wait_for, watching

HOSTILE = "<script>alert(1)</script>"
NOWHERE = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"


def test_page__over_a_watch__shows_what_it_knows_and_signs_what_it_vouched_for(stage: Stage, tmp_path: Path) -> None:
    with watching(stage.options(tmp_path / "watch", stage.show())) as watch:
        height = stage.chain.head().number
        vouched(watch, height)
        watch.common.alarms.find(Code.WITHHOLDING, HOSTILE, HOSTILE)
        with serve_page(make_page(watch), 0) as url:
            page = httpx.get(f"{url}/").text
            assert "1 alarms" in page
            assert HOSTILE not in page
            assert httpx.get(f"{url}/status.json").json()["vouched"]["height"] == height
            feed = f"{url}/api/v1/feed/witnesses"
            (text,) = httpx.get(feed, params={"height": height}).json()["seals"]
            seal = decode_seal(bytes.fromhex(text[2:]))
            assert (seal.signer(stage.ledger.chain_id), seal.block_hash) == (watch.address, stage.chain.head().hash)
            assert httpx.get(feed, params={"height": 10**9}).json() == {"seals": []}
            assert httpx.get(feed, params={"height": "-1"}).status_code == 422
            with pytest.raises(WatchPortError), serve_page(make_page(watch), int(url.rsplit(":", 1)[1])):
                raise AssertionError
        with serve_page(make_page(watch, only_metrics=True), 0) as url:
            assert httpx.get(f"{url}/").status_code == 404
            assert f"ortaq_watch_height {height}\n" in httpx.get(f"{url}/metrics").text


def test_metrics__of_dashboard_and_rules__are_those_that_are_served(stage: Stage, tmp_path: Path) -> None:
    with watching(stage.options(tmp_path / "watch", stage.show())) as watch:
        alarm_code = Code.STALL
        watch.common.alarms.find(alarm_code, "x", "y")
        served = render_metrics(watch)
    names = set(re.findall(r"^# TYPE (\w+)", served, re.MULTILINE))
    assert 'ortaq_watch_alarms_active{code="stall",severity="warning"} 1' in served
    for file in ("deploy/grafana/watchdog.json", "deploy/prometheus/watchdog.yml"):
        used = set(re.findall(r"\bortaq_watch_\w+", (REPOSITORY / file).read_text()))
        assert used
        assert used <= names
    json.loads((REPOSITORY / "deploy/grafana/watchdog.json").read_text())


def test_guide__every_code__is_explained_with_its_severity() -> None:
    text = (REPOSITORY / "docs/guide/watch.md").read_text()
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (\w+) \|", text, re.MULTILINE))
    assert rows == {code.value: code.severity.value for code in Code}


def test_webhook__that_fails_first__gets_each_alarm_once_and_logs_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    got: list[dict[str, object]] = []
    answers = iter([500, 302, 204, 204])

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = next(answers)
            if status == 204:
                got.append(body)
            self.send_response(status)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pauses: list[float] = []
    hook = Webhook(f"http://127.0.0.1:{server.server_address[1]}/token-4711", pauses.append)
    hook.start()
    for code in (Code.STALL, Code.BAD_SEAL):
        hook.tell(Alarm(code, "x", "y", 1.0))
    hook.close()
    server.shutdown()
    server.server_close()
    assert [body["code"] for body in got] == ["stall", "bad-seal"]
    assert pauses == [1.0, 2.0]
    assert "status 302" in caplog.text
    assert "4711" not in caplog.text


class Altered:
    """A store that gives other bytes for one CID, and nothing for another."""

    def __init__(self, store: LocalEvidenceStore, altered: str, absent: str) -> None:
        self._store, self._altered, self._absent = store, altered, absent

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def block(self, cid: str) -> bytes:
        if cid == self._altered:
            return b"other bytes"
        return self._store.block(
            "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy" if cid == self._absent else cid
        )


def test_patrol__question_document_altered_at_one_peer__that_peer_is_named(stage: Stage, tmp_path: Path) -> None:
    cid = str(Cid(Codec.RAW, stage.question.text))
    assert cid != str(cid_of(Codec.RAW, b"other bytes"))
    bad = stage.show(evidence=Altered(stage.ledger.node.evidence, cid, ""))
    good = stage.show()
    with watching(stage.options(tmp_path / "watch", good, bad)) as watch:
        # The question's block is new to this watchdog, so that its document is read at once.
        found = alarm(watch, Code.EVIDENCE_ALTERED)
        assert found.subject == f"{cid} at {bad}"
        assert not watch.common.alarms.has(Code.EVIDENCE_MISSING, cid)


def test_patrol__document_that_no_peer_gives__missing_until_one_does(stage: Stage, tmp_path: Path) -> None:
    cid = str(Cid(Codec.RAW, stage.question.text))
    url = stage.show(evidence=Altered(stage.ledger.node.evidence, "", cid))
    with watching(stage.options(tmp_path / "watch", url)) as watch:
        found = alarm(watch, Code.EVIDENCE_MISSING)
        assert found.subject == cid
        alarms = AlarmBook(time.time)
        alarms.find(Code.EVIDENCE_MISSING, cid, "")
        peer = Peer(stage.show())
        patrol = Patrol(watch.common.judge, alarms, [peer], LocalEvidenceStore(tmp_path / "own"))
        patrol.check_all()
        peer.close()
        assert not alarms.active


def test_command__once_over_good_and_bad_nodes__says_so_by_its_exit_code(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["watch", "--anchor", stage.ledger.anchor.text, "--dir", str(tmp_path / "watch"), "--once", "--json"]
    assert main([*words, stage.show()]) == 0
    status = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert status["vouched"]["height"] == stage.chain.head().number
    assert main([*words, stage.show(), "http://127.0.0.1:9"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["code"] == "peer-unreachable"
    assert main(["watch", "--dir", str(tmp_path / "watch"), "--once", stage.show()]) == 3
    assert main(["watch", "check"]) == 2


def test_publish__to_a_peer_that_knows_the_witness__its_feed_serves_the_seal(stage: Stage, tmp_path: Path) -> None:
    options = stage.options(tmp_path / "watch", stage.show(), publishes=True)
    with watching(options) as watch:
        address = watch.address
    stage.ledger.anchor = replace(stage.ledger.anchor, witnesses=(address,))
    knows, strange = stage.show(), stage.show_unwitnessed()
    height = stage.chain.head().number
    with watching(replace(options, peers=(knows, strange))) as watch:
        vouched(watch, height)
        (text,) = wait_for(lambda: httpx.get(f"{knows}/api/v1/feed/witnesses").json()["seals"])
        assert decode_seal(bytes.fromhex(text[2:])) == watch.common.judge.witness()
        assert httpx.get(f"{strange}/api/v1/feed/witnesses").json() == {"seals": []}


def test_stall__transactions_wait_and_no_block_comes__told_and_an_idle_ledger_is_none() -> None:
    head = SimpleNamespace(number=7, timestamp=0)
    judge = SimpleNamespace(head=head, sealers=SimpleNamespace(kind=SealKind.SOLO))
    clock = [100.0]
    idle, busy = PeerState("idle"), PeerState("busy")
    alarms = AlarmBook(time.time)
    monitor = Monitor(judge, alarms, [idle, busy], lambda: 10**6, lambda: clock[0])
    busy.waiting_since, busy.waiting_above = 100.0, 7
    monitor.tick()
    clock[0] += 10.5
    monitor.tick()
    assert [(alarm.code, alarm.subject) for alarm in alarms.active] == [(Code.STALL, "busy")]
    head.number = 8
    monitor.tick()
    assert not alarms.active
    judge.sealers.kind = SealKind.COMMIT
    monitor.tick()
    assert [alarm.subject for alarm in alarms.active] == ["ledger"]
