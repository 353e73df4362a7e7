"""Reports that are due. The ledger has no rule of when, so whoever watches says what is expected how often."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.ports import ChainReader
from ledger.primitives import Height
from ledger.views.evidence import evidence_count, load_evidence
from ledger.views.text import label_text
from node.watchdog.alarms import AlarmBook, Code

DAY_S = 86_400
MAX_DAYS = 3_660
DAYS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")
DATE = "%Y-%m-%d"


class ReportRuleError(BadInputError):
    """Words that say no document and how often it is due."""

    type = "bad-report-rule"


@dataclass(frozen=True, slots=True)
class ReportRule:
    """A document of this purpose is due again so many seconds after the last one, or after the founding."""

    purpose: str
    every_s: int


def parse_report_rule(text: str) -> ReportRule:
    """Read `PURPOSE=DAYS`, for example `reserve report=183`. Errors: ReportRuleError."""
    purpose, _, days = text.rpartition("=")
    is_label = 0 < len(purpose) <= 32 and purpose.isascii() and purpose.isprintable()
    if not is_label or not DAYS.fullmatch(days) or not 0 < float(days) <= MAX_DAYS:
        raise ReportRuleError(
            f"report: {text[:80]!r}, expected PURPOSE=DAYS: a document's purpose of 1 to 32 ASCII letters, and up to "
            f"{MAX_DAYS} days"
        )
    return ReportRule(purpose, max(1, round(float(days) * DAY_S)))


class ReportCalendar:
    """Knows when each report was last anchored. In one thread."""

    def __init__(self, rules: Sequence[ReportRule], chain: ChainReader, alarms: AlarmBook) -> None:
        self._rules = tuple(rules)
        self._chain = chain
        self._alarms = alarms
        self._last: dict[str, tuple[int, int]] = {}
        self._read = 0

    def check(self, now: int | None = None) -> None:
        """Raise an alarm for each report that is overdue, and end it once one is there.

        Units   `now`: seconds; None: the newest block's time, where time is simulated.
        """
        if not self._rules:
            return
        self._read_new()
        at = self._chain.head().timestamp if now is None else now
        for rule in self._rules:
            number, given = self._last.get(rule.purpose, (0, self._founded))
            if at > given + rule.every_s:
                since = f"the last is document {number} of {_date(given)}" if number else f"none since {_date(given)}"
                due = f"due {_date(given + rule.every_s)}, every {rule.every_s / DAY_S:g} days"
                self._alarms.find(Code.REPORT_OVERDUE, rule.purpose, f"{due}; {since}")
            else:
                self._alarms.end(Code.REPORT_OVERDUE, rule.purpose)

    @property
    def _founded(self) -> int:
        header = self._chain.header(Height(0))
        return 0 if header is None else header.timestamp

    def _read_new(self) -> None:
        state = self._chain.state()
        last = evidence_count(state)
        for number in range(self._read + 1, last + 1):
            entry = load_evidence(state, number)
            self._last[label_text(entry.purpose)] = (number, entry.at)
        self._read = last


def _date(at: int) -> str:
    return time.strftime(DATE, time.gmtime(at))
