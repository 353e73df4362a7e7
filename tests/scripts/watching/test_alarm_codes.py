"""Alarms raised by what they are about, and each code at every outlet: page, data, log, webhook, metrics, exit code."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.evidence.cid import Codec, cid_of, encode_cid_bytes
from ledger.founding.constitution import Duty
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Height, to_hex
from ledger.system import SystemContract
from ledger.voting.question import EffectKind
from node.watchdog.alarms import Code, Severity
from node.watchdog.executors import Executor, open_executors
from node.watchdog.reports import ReportRule
from scripts.cli import main
from scripts.terminal.console import Output
from scripts.watching import following, monitor
from scripts.watching import watch as watching_module
from scripts.watching.page import make_page, serve_page
from scripts.watching.telling import AlarmPrinter, Webhook
from scripts.watching.watch import Watch
from tests.ledger.proofs.network_ledger import REMOVED, move_to_validators
from tests.node.watchdog.test_judge import Contrary
from tests.scripts.deciding import decide
from tests.scripts.watching.stage import ShownChain, Stage, alarm, vouched, wait_for, watching


def test_constitution__parameter_set_by_a_ballot__told_with_its_question(stage: Stage, tmp_path: Path) -> None:
    with watching(stage.options(tmp_path / "watch", stage.show())) as watch:
        vouched(watch, stage.chain.head().number)
        name = b"roll.minimum".ljust(32, b"\0")
        height = decide(stage.ledger, SystemContract.CONSTITUTION, "set", name, 2, kind=EffectKind.ENTRENCHED)
        found = alarm(watch, Code.CONSTITUTION_CHANGED)
    assert (found.subject, found.height) == ("roll.minimum", height)
    assert "value 2" in found.detail


def test_validators__set_changed_and_one_without_votes__told(tmp_path: Path) -> None:
    network, question, moved = move_to_validators(tmp_path / "network")
    with ExitStack() as stack:
        stack.callback(network.close)
        stage = Stage(network.ledger, stack, question)
        url = stage.show(network.chain)  # type: ignore[arg-type]
        with watching(stage.options(tmp_path / "watch", url)) as watch:
            changed = alarm(watch, Code.SEALERS_CHANGED)
            assert (changed.height, "commit" in changed.detail) == (moved, True)
            for seat in (1, 2, 3):
                network.cast(question, seat)
            missing = alarm(watch, Code.VALIDATOR_MISSING)
            assert missing.subject == to_hex(REMOVED.validator.address)
            assert [one.subject for one in watch.common.alarms.active if one.code is Code.VALIDATOR_MISSING] == [
                missing.subject
            ]


def test_executors__that_disagree__told_and_nothing_vouched_for(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def open_two(names: Sequence[str], folder: Path, genesis: Any) -> Iterator[list[Executor]]:
        with open_executors(names, folder, genesis) as (first,):
            yield [first, Executor("geth", Contrary(first.engine), first.chain)]  # type: ignore[arg-type]

    monkeypatch.setattr(watching_module, "open_executors", open_two)
    with watching(stage.options(tmp_path / "watch", stage.show())) as watch:
        found = alarm(watch, Code.EXECUTOR_DISAGREEMENT)
        assert "geth" in found.detail
        assert watch.common.judge.head.number == 0
    assert Path(found.evidence).is_file()


@dataclass
class Unsealed(ShownChain):
    """A chain whose newest block waits for its seal."""

    def seal(self, height: Height) -> bytes | None:
        return None if height == self.real.head().number else self.real.seal(height)


@pytest.mark.parametrize("is_unsealed", [False, True])
def test_stall__transactions_or_a_seal_that_wait__told(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_unsealed: bool
) -> None:
    monkeypatch.setattr(monitor, "STALL_S", 0.5)
    monkeypatch.setattr(following, "WAITING_S", 0.1)
    url = stage.show(Unsealed(stage.chain)) if is_unsealed else stage.show(waiting=3)
    with watching(stage.options(tmp_path / "watch", url, interval_s=0.2)) as watch:
        found = alarm(watch, Code.STALL)
    assert found.subject == url
    assert ("no seal" if is_unsealed else "transactions wait") in found.detail


def test_report__not_anchored_in_its_time__told_until_it_is(stage: Stage, tmp_path: Path) -> None:
    rules = (ReportRule("reserve report", 1), ReportRule("annual accounts", 86_400))
    with watching(stage.options(tmp_path / "watch", stage.show(), reports=rules)) as watch:
        found = alarm(watch, Code.REPORT_OVERDUE)
        assert (found.subject, found.ended) == ("reserve report", None)
        cid = encode_cid_bytes(cid_of(Codec.RAW, b"the reserves"))
        words = (cid, encode_text("reserve report"), ZERO_HASH)
        stage.ledger.desk.call(stage.ledger.keys[Duty.TREASURER], SystemContract.EVIDENCE, "anchor", *words)
        wait_for(lambda: not watch.common.alarms.has(Code.REPORT_OVERDUE, "reserve report"))
        assert not watch.common.alarms.has(Code.REPORT_OVERDUE, "annual accounts")


@dataclass
class Hook:
    """Takes what is posted to it."""

    got: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def serve(self) -> Iterator[str]:
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        server.server_close()


def test_outlets__every_code__reaches_page_data_metrics_logs_and_webhook(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = Hook()
    with hook.serve() as url, watching(stage.options(tmp_path / "watch", stage.show())) as watch:
        vouched(watch, stage.chain.head().number)
        webhook = Webhook(url)
        webhook.start()
        alarms = watch.common.alarms
        for listener in (AlarmPrinter(Output(as_json=True)).tell, webhook.tell):
            alarms.listen(listener)
        for code in Code:
            assert alarms.find(code, f"about {code}", f"found {code}", height=7) is not None
        webhook.close()
        with serve_page(make_page(watch), 0) as place:
            page, metrics = (httpx.get(f"{place}{path}").text for path in ("/", "/metrics"))
            status = httpx.get(f"{place}/status.json").json()
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logged = [json.loads(line) for line in (tmp_path / "watch" / "alarms.jsonl").read_text().splitlines()]
    for code in Code:
        lasts = code.severity is not Severity.NOTICE
        assert f">{code}</td>" in page
        assert f"found {code}" in page
        assert f'ortaq_watch_alarms_total{{code="{code}",severity="{code.severity}"}} 1' in metrics
        assert f'ortaq_watch_alarms_active{{code="{code}",severity="{code.severity}"}} {int(lasts)}' in metrics
        for outlet in (status["alarms" if lasts else "past"], printed, logged, hook.got):
            (row,) = [one for one in outlet if one["code"] == code and one["subject"] == f"about {code}"]
            assert (row["severity"], row["detail"], row["height"]) == (code.severity, f"found {code}", 7)


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (Code.EQUIVOCATION, 1),
        (Code.REPORT_OVERDUE, 1),
        (Code.PEER_UNREACHABLE, 3),
        (Code.CONSTITUTION_CHANGED, 0),
    ],
)
def test_exit_code__of_one_look__tells_alarms_from_news_and_silence(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: Code, exit_code: int
) -> None:
    monkeypatch.setattr(Watch, "check_once", lambda watch: watch.common.alarms.find(code, "somebody", "something"))
    words = ["watch", "--anchor", stage.ledger.anchor.text, "--dir", str(tmp_path / "watch"), "--once", "--quiet"]
    assert main([*words, stage.show()]) == exit_code


RULES = ("", "report", "=3", "report=", "report=0", "report=-1", "report=1e3", "a\tb=3", "x" * 33 + "=3")


@pytest.mark.parametrize("text", RULES)
def test_command__report_rule_that_is_none__is_refused(tmp_path: Path, stage: Stage, text: str) -> None:
    words = ["watch", "--anchor", stage.ledger.anchor.text, "--dir", str(tmp_path / "watch"), "--once"]
    assert main([*words, "--report", text, "http://127.0.0.1:9"]) == 2
    assert not (tmp_path / "watch").exists()


def test_command__report_that_is_overdue__is_found_by_one_look(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["watch", "--anchor", stage.ledger.anchor.text, "--dir", str(tmp_path / "watch"), "--once", "--json"]
    assert main([*words, "--report", "reserve report=0.0001", stage.show()]) == 1
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["code"], first["subject"]) == ("report-overdue", "reserve report")
    assert "none since 2026-01-01" in first["detail"]
