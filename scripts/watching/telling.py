"""How alarms are told: a line for people or for machines, and a webhook."""

import json
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.markup import escape

from node.watchdog.alarms import Alarm, Severity
from scripts.terminal.console import Output

STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}
TRIES = 6
FIRST_PAUSE_S = 1.0
POST_S = 10.0
MAX_WAITING = 1_000
LOG = logging.getLogger("ortaq.watch")


class AlarmPrinter:
    """Prints each alarm when it begins and when it ends: a JSON object a line under --json, else a line to read."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lock = threading.Lock()

    def tell(self, alarm: Alarm) -> None:
        with self._lock:
            if self._output.as_json:
                sys.stdout.write(json.dumps({"event": "alarm", **alarm.record}, ensure_ascii=False) + "\n")
                sys.stdout.flush()
            elif alarm.ended is None or self._output.is_talkative:
                self._print(alarm)

    def _print(self, alarm: Alarm) -> None:
        style = STYLES[alarm.code.severity]
        word = alarm.code.severity.value if alarm.ended is None else "over"
        at = time.strftime("%H:%M:%S", time.localtime(alarm.ended or alarm.at))
        line = f"{at} [{style}]{word} {alarm.code.value}[/{style}] {escape(alarm.subject)}: {escape(alarm.detail)}"
        if alarm.evidence:
            line += f" (kept: {escape(alarm.evidence)})"
        Console(stderr=True, highlight=False).print(line, soft_wrap=True)


class Webhook:
    """Posts each alarm as JSON to a URL, in a thread of its own, again and again until it is taken or given up.

    Shape   the URL may hold a secret, so logs name its host alone; redirects are not followed. Begin and end of an
            alarm are a message each, in order.
    """

    def __init__(self, url: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._url = url
        self._host = urlsplit(url).hostname or "?"
        self._pause = pause
        self._waiting: queue.Queue[Alarm | None] = queue.Queue(MAX_WAITING)
        self._client = httpx.Client(timeout=POST_S, follow_redirects=False)
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self.failed = 0

    def start(self) -> None:
        self._thread.start()

    def tell(self, alarm: Alarm) -> None:
        try:
            self._waiting.put_nowait(alarm)
        except queue.Full:
            self.failed += 1
            LOG.warning("webhook at %s: %d alarms wait already, one was left out", self._host, MAX_WAITING)

    def close(self) -> None:
        """Send what waits, for some seconds, and end."""
        self._waiting.put(None)
        self._thread.join(POST_S)
        self._client.close()

    def _run(self) -> None:
        while (alarm := self._waiting.get()) is not None:
            self._send(alarm)

    def _send(self, alarm: Alarm) -> None:
        wait_s = FIRST_PAUSE_S
        for tried in range(1, TRIES + 1):
            try:
                answer = self._client.post(self._url, json=alarm.record)
                if answer.is_success:
                    return
                why = f"status {answer.status_code}"
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                # The error's own text may repeat the URL.
                why = type(error).__name__
            LOG.warning("webhook at %s: alarm %s not taken (%s), try %d", self._host, alarm.code.value, why, tried)
            if tried < TRIES:
                self._pause(wait_s)
                wait_s *= 2
        self.failed += 1
