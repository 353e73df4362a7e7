"""Alarms: what a watchdog finds, under stable codes, each told once until it is over."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much an alarm matters. A notice is news that people should hear of, and no fault."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


class Code(StrEnum):
    """What was found. Codes are stable; docs/guide/watch.md says of each what it means and what to do."""

    STATE_ROOT = "state-root"
    INVALID_BLOCK = "invalid-block"
    BAD_SEAL = "bad-seal"
    EQUIVOCATION = "equivocation"
    SUCCESSION_FORK = "succession-fork"
    HISTORY_REWRITTEN = "history-rewritten"
    WRONG_LEDGER = "wrong-ledger"
    EXECUTOR_DISAGREEMENT = "executor-disagreement"
    EVIDENCE_ALTERED = "evidence-altered"
    EVIDENCE_MISSING = "evidence-missing"
    EARLY_BLOCK = "early-block"
    STALL = "stall"
    WITHHOLDING = "withholding"
    PEER_UNREACHABLE = "peer-unreachable"
    PEER_MISBEHAVES = "peer-misbehaves"
    VALIDATOR_MISSING = "validator-missing"
    REPORT_OVERDUE = "report-overdue"
    WATCH_FAULT = "watch-fault"
    SEALERS_CHANGED = "sealers-changed"
    CONSTITUTION_CHANGED = "constitution-changed"
    CONTRACTS_CHANGED = "contracts-changed"

    @property
    def severity(self) -> Severity:
        if self in _NOTICES:
            return Severity.NOTICE
        return Severity.WARNING if self in _WARNINGS else Severity.CRITICAL


_NOTICES = frozenset({Code.SEALERS_CHANGED, Code.CONSTITUTION_CHANGED, Code.CONTRACTS_CHANGED})
_WARNINGS = frozenset(
    {
        Code.EVIDENCE_MISSING,
        Code.EARLY_BLOCK,
        Code.STALL,
        Code.WITHHOLDING,
        Code.PEER_UNREACHABLE,
        Code.PEER_MISBEHAVES,
        Code.VALIDATOR_MISSING,
        Code.REPORT_OVERDUE,
        Code.WATCH_FAULT,
    }
)
KEPT_ENDED = 200


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding.

    Shape   `subject`: whom or what it is about (a peer, a validator, a CID, a parameter); `evidence`: name of a saved
            file, empty without one; `at`: seconds since the Unix epoch; `ended`: the same, None while it lasts.
    """

    code: Code
    subject: str
    detail: str
    at: float
    height: int | None = None
    evidence: str = ""
    ended: float | None = None

    @property
    def record(self) -> dict[str, Any]:
        """As every door shows it, JSON-compatible."""
        return {
            "code": self.code.value,
            "severity": self.code.severity.value,
            "subject": self.subject,
            "detail": self.detail,
            "height": self.height,
            "evidence": self.evidence or None,
            "at": round(self.at, 3),
            "ended": None if self.ended is None else round(self.ended, 3),
        }


Listener = Callable[[Alarm], None]


class AlarmBook:
    """Keeps alarms and tells listeners: once when one begins, once when it ends. Any thread may write.

    Shape   `now`: the wall's time. A notice ends at once, others when `end` says so.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._active: dict[tuple[Code, str], Alarm] = {}
        self._ended: list[Alarm] = []
        self._listeners: list[Listener] = []
        self.counts: Counter[Code] = Counter()

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def find(
        self, code: Code, subject: str, detail: str, *, height: int | None = None, evidence: str = ""
    ) -> Alarm | None:
        """Raise an alarm; None where the same one lasts already."""
        alarm = Alarm(code, subject, detail, self._now(), height, evidence)
        with self._lock:
            if (code, subject) in self._active:
                return None
            if code.severity is Severity.NOTICE:
                self._keep_ended(alarm)
            else:
                self._active[code, subject] = alarm
            self.counts[code] += 1
        self._tell(alarm)
        return alarm

    def end(self, code: Code, subject: str) -> None:
        """Its cause is gone. Nothing happens where there is no such alarm."""
        with self._lock:
            found = self._active.pop((code, subject), None)
            if found is None:
                return
            fields = (found.code, found.subject, found.detail, found.at, found.height, found.evidence)
            alarm = Alarm(*fields, ended=self._now())
            self._keep_ended(alarm)
        self._tell(alarm)

    def has(self, code: Code, subject: str) -> bool:
        with self._lock:
            return (code, subject) in self._active

    @property
    def active(self) -> list[Alarm]:
        """What lasts, the gravest first."""
        order = list(Severity)
        with self._lock:
            return sorted(self._active.values(), key=lambda alarm: (order.index(alarm.code.severity), alarm.at))

    @property
    def past(self) -> list[Alarm]:
        """What is over, notices too, the newest first."""
        with self._lock:
            return self._ended[::-1]

    def _keep_ended(self, alarm: Alarm) -> None:
        self._ended.append(alarm)
        del self._ended[:-KEPT_ENDED]

    def _tell(self, alarm: Alarm) -> None:
        for listener in self._listeners:
            listener(alarm)
