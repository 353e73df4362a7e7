"""What a watchdog tells Prometheus, in its text form (version 0.0.4)."""

import time
from collections.abc import Iterable, Iterator

from node.watchdog.alarms import Code
from scripts.watching.watch import Watch

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def render_metrics(watch: Watch) -> str:
    """All metrics. Names are stable; deploy/grafana/watchdog.json and deploy/prometheus/watchdog.yml use them."""
    return "\n".join(_lines(watch)) + "\n"


def _lines(watch: Watch) -> Iterator[str]:
    judge, alarms = watch.common.judge, watch.common.alarms
    head = judge.head
    yield from _metric("ortaq_watch_height", "gauge", "Newest block that was vouched for.", [("", head.number)])
    age = max(0.0, time.time() - head.timestamp)
    yield from _metric("ortaq_watch_head_age_seconds", "gauge", "Age of that block by its time.", [("", age)])
    yield from _metric("ortaq_watch_start_time_seconds", "gauge", "When the watchdog began.", [("", watch.began)])
    peers = [(_label(peer=follower.peer.name), follower.state) for follower in watch.followers]
    heights = [(label, state.tip.height) for label, state in peers if state.tip is not None]
    yield from _metric("ortaq_watch_peer_height", "gauge", "Newest block that a peer showed.", heights)
    agreed = [(label, state.agreed) for label, state in peers]
    yield from _metric("ortaq_watch_peer_agreed_height", "gauge", "Newest block of a peer that is the same.", agreed)
    active = alarms.active
    lasting = [
        (_label(code=code, severity=code.severity), sum(alarm.code is code for alarm in active)) for code in Code
    ]
    yield from _metric("ortaq_watch_alarms_active", "gauge", "Alarms that last.", lasting)
    raised = [(_label(code=code, severity=code.severity), alarms.counts[code]) for code in Code]
    yield from _metric("ortaq_watch_alarms_total", "counter", "Alarms and notices since the start.", raised)


def _metric(name: str, kind: str, text: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for label, value in samples:
        yield f"{name}{label} {value:.15g}"


def _label(**values: str) -> str:
    escaped = {
        key: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for key, value in values.items()
    }
    return "{" + ",".join(f'{key}="{value}"' for key, value in escaped.items()) + "}"
