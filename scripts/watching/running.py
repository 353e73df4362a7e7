"""`ortaq watch`, from words to exit code."""

import signal
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ledger.errors import CannotCheckError
from ledger.primitives import to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.misconduct import check_misconduct
from ledger.proofs.misconduct_json import decode_misconduct
from node.watchdog.alarms import AlarmBook, Code
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DIFFERS, EXIT_DONE, Output
from scripts.watching.page import make_page, serve_page
from scripts.watching.telling import AlarmPrinter, Webhook
from scripts.watching.watch import Watch, WatchOptions, open_watch


class NoAnchorError(CannotCheckError):
    """No trust anchor: any forged ledger would do."""

    type = "no-anchor"


@dataclass(frozen=True, slots=True)
class Outlets:
    """How a watchdog speaks besides its log. Shape: ports, None for none, 0 for any free one."""

    webhook: str | None = None
    page: int | None = None
    metrics: int | None = None


def require_anchor(anchor: Anchor | None) -> Anchor:
    """Errors  NoAnchorError."""
    if anchor is None:
        raise NoAnchorError("anchor: none was given, expected --anchor; without one, any forged ledger would pass")
    return anchor


def run_watch(options: WatchOptions, outlets: Outlets, output: Output, *, is_once: bool) -> int:
    """Watch until told to stop, or once.

    Result  with `is_once`: 0 all is well, 1 something is not, 3 no peer could be asked. Else 0.
    Errors  those of `open_watch`; WatchPortError.
    """
    alarms = AlarmBook(time.time)
    alarms.listen(AlarmPrinter(output).tell)
    with ExitStack() as stack:
        if outlets.webhook is not None:
            webhook = Webhook(outlets.webhook)
            alarms.listen(webhook.tell)
            webhook.start()
            stack.callback(webhook.close)
        watch = stack.enter_context(open_watch(options, alarms))
        if is_once:
            return _run_once(watch, output)
        urls = _serve(watch, outlets, stack)
        stopped = threading.Event()
        _stop_on_signals(stopped, stack)
        watch.start()
        _announce(watch, urls, output)
        stopped.wait()
    return EXIT_DONE


def check_evidence(path: Path, anchor: Anchor | None, output: Output) -> int:
    """Check a file of evidence by an anchor alone.

    Errors  MisconductError, NoMisconductError, OtherSealersError, CannotCheckError.
    """
    evidence = decode_misconduct(path.read_bytes())
    proved = check_misconduct(evidence, anchor)
    facts = {"code": evidence.code, "proved": proved, "detail": evidence.detail, "founding": to_hex(evidence.founding)}
    output.result(facts, f"[bold]{evidence.code}[/bold]: {proved}")
    return EXIT_DONE


def _run_once(watch: Watch, output: Output) -> int:
    watch.check_once()
    status = watch.status
    vouched = status["vouched"]
    lines = [f"vouched for block {vouched['height']} {vouched['hash']}", f"{len(status['alarms'])} alarms"]
    output.result({"event": "status", **status}, *lines)
    if not watch.has_trouble:
        return EXIT_DONE
    codes = {alarm.code for alarm in watch.common.alarms.active}
    is_deaf = codes == {Code.PEER_UNREACHABLE} and all(one.state.tip is None for one in watch.followers)
    return EXIT_CANNOT_CHECK if is_deaf else EXIT_DIFFERS


def _serve(watch: Watch, outlets: Outlets, stack: ExitStack) -> dict[str, str]:
    urls = {}
    if outlets.page is not None:
        urls["page"] = stack.enter_context(serve_page(make_page(watch), outlets.page))
    if outlets.metrics is not None:
        app = make_page(watch, only_metrics=True)
        urls["metrics"] = stack.enter_context(serve_page(app, outlets.metrics)) + "/metrics"
    return urls


def _announce(watch: Watch, urls: dict[str, str], output: Output) -> None:
    head = watch.common.judge.head
    facts = {"event": "started", "height": head.number, "hash": to_hex(head.hash), "witness": to_hex(watch.address)}
    shown = [f"watching {len(watch.followers)} peers from block {head.number}; this witness is {to_hex(watch.address)}"]
    shown += [f"{name}: {url}" for name, url in urls.items()]
    output.result({**facts, **urls}, *shown)
    output.say("Ctrl-C stops it; what was vouched for is on disk")


def _stop_on_signals(stopped: threading.Event, stack: ExitStack) -> None:
    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        stack.callback(signal.signal, number, signal.signal(number, stop))
