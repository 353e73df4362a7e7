"""What an audit answers: one JSON object, or a table and a line for each finding."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from ledger.audit.checks import Checks, Finding
from ledger.bundle.documents import Facts
from ledger.primitives import to_hex
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DIFFERS, EXIT_DONE

FORMAT = "ortaq audit 1"


class Verdict(Enum):
    """In one word."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_ANCHORED = "not anchored"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class AuditReport:
    """A finished audit (docs/reference/bundle.md, 8)."""

    facts: Facts
    checks: Checks
    missing: tuple[str, ...]
    ballots: int
    is_anchored: bool
    is_independent: bool
    executor: str

    @property
    def verdict(self) -> Verdict:
        if self.checks.failures:
            return Verdict.FAILS
        return Verdict.HOLDS if self.is_anchored else Verdict.NOT_ANCHORED

    @property
    def exit_code(self) -> int:
        return {Verdict.FAILS: EXIT_DIFFERS, Verdict.HOLDS: EXIT_DONE}.get(self.verdict, EXIT_CANNOT_CHECK)

    def record(self) -> dict[str, Any]:
        """As `--json` prints it."""
        checks = self.checks
        return {
            "format": FORMAT,
            "founding": to_hex(self.facts.founding),
            "chain_id": self.facts.chain_id,
            "last": self.facts.last,
            "head": to_hex(self.facts.head),
            "anchored": self.is_anchored,
            "independent": self.is_independent,
            "executor": self.executor,
            "verdict": self.verdict.value,
            "ballots": self.ballots,
            "checks": {
                code: {"checked": checks.checked[code], "failed": checks.failed[code]} for code in checks.codes()
            },
            "not_checked": dict(sorted(checks.not_checked.items())),
            "findings": [finding.record() for finding in checks.findings],
            "missing": list(self.missing),
        }

    def tables(self) -> tuple[Table | str, ...]:
        """As people read it."""
        table = Table(Column("rule"), Column("checked", justify="right"), Column("failed", justify="right"), "")
        for code in self.checks.codes():
            failed = self.checks.failed[code]
            shown = f"[bold red]{failed}[/bold red]" if failed else ""
            reason = escape(self.checks.not_checked.get(code, ""))
            table.add_row(code, f"{self.checks.checked[code]:,}", shown, f"not everywhere: {reason}" if reason else "")
        return (table, *(_line(finding) for finding in self.checks.findings), *self._ending())

    def _ending(self) -> list[str]:
        lines = [
            f"executed by {self.executor}, {'' if self.is_independent else 'not '}another program than made the blocks"
        ]
        if self.missing:
            lines.append(f"{len(self.missing)} pieces of evidence are not in the bundle, which says so")
        lines.append(f"{self.ballots:,} ballots, blocks 0 to {self.facts.last}")
        lines.append(f"next time: --since {self.facts.last}:{to_hex(self.facts.head)}")
        ending = {
            Verdict.HOLDS: "[bold]everything holds[/bold]",
            Verdict.FAILS: f"[bold red]{self.checks.failures} findings[/bold red]",
            Verdict.NOT_ANCHORED: "holds together, but [bold]no anchor says that this is the ledger you mean[/bold]",
        }
        return [*lines, ending[self.verdict]]


def _line(finding: Finding) -> str:
    place = "the bundle" if finding.block is None else f"block {finding.block}"
    if finding.transaction is not None:
        place += f", transaction {finding.transaction}"
    subject = f" ({finding.subject})" if finding.subject else ""
    return escape(f"{place}: {finding.code}{subject}: expected {finding.expected}, found {finding.found}")
