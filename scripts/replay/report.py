"""The report of a replay: what the ledger says, beside what the file says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from ledger.chain.header import Header
from ledger.primitives import to_hex
from ledger.views.questions import Tally
from scripts.replay.plan import Plan


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that is not what it should be. `of`: `official`, or `recount` for the model's own count."""

    of: str
    project: str
    field: str
    expected: Any
    found: Any

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "of": self.of,
            "project": self.project,
            "field": self.field,
            "expected": self.expected,
            "found": self.found,
        }


@dataclass(slots=True)
class Report:
    """Everything a replay found out.

    Shape   `selected`: option numbers from 1; `winners_equal`: None where there is nothing to compare with.
    """

    plan: Plan
    head: Header
    tally: Tally
    selected: frozenset[int]
    spent: int
    paid: int
    refused: list[dict[str, str]]
    receipts_checked: int
    receipts_valid: int
    engine: str = "pyevm"
    differences: list[Difference] = field(default_factory=list)
    seconds: float = 0.0
    peak_rss_mib: float = 0.0

    @property
    def has_equal_counts(self) -> bool:
        return not any(d.field in ("votes", "score") for d in self.differences)

    @property
    def winners_equal(self) -> bool | None:
        if not self.plan.has_our_rule or self.plan.file.winners is None:
            return None
        return not any(d.of == "official" and d.field == "selected" for d in self.differences)

    @property
    def holds(self) -> bool:
        """True if nothing differs and every receipt that was checked is valid."""
        return not self.differences and self.receipts_valid == self.receipts_checked

    def facts(self) -> dict[str, Any]:
        """The one JSON object of `ortaq replay --json`. Money in minor units."""
        meta = self.plan.file.meta
        count = len(self.plan.file.votes)
        return {
            "file": self.plan.path,
            "engine": self.engine,
            "blocks": self.head.number,
            "head": to_hex(self.head.hash),
            "state_root": to_hex(self.head.state_root),
            "ballots": {"cast": count, "counted": self.tally.turnout, "refused": self.refused},
            "projects": [self._project(i) for i in range(len(self.plan.file.projects))],
            "budget": {
                "total": meta.budget_minor,
                "spent": self.spent,
                "paid": self.paid,
                "currency": meta.currency,
                "exponent": meta.exponent,
            },
            "official": {
                "counts_equal": self.has_equal_counts,
                "winners_equal": self.winners_equal,
                "differences": [difference.facts for difference in self.differences],
            },
            "receipts": {"checked": self.receipts_checked, "valid": self.receipts_valid},
            "seconds": round(self.seconds, 3),
            "ballots_per_s": round(count / self.seconds, 1) if self.seconds else None,
            "peak_rss_mib": round(self.peak_rss_mib, 1),
        }

    def _project(self, index: int) -> dict[str, Any]:
        project = self.plan.file.projects[index]
        return {
            "id": project.id,
            "name": project.name,
            "cost": project.cost_minor,
            "votes": self.tally.votes[index],
            "score": self.tally.points[index] if self.tally.points else None,
            "selected": index + 1 in self.selected,
        }

    def result_table(self) -> Table:
        """The projects by rank, winners marked."""
        meta = self.plan.file.meta
        table = Table(title=meta.entries.get("description", "Result"), caption=self._caption(), title_justify="left")
        table.add_column("")
        table.add_column("project", overflow="fold")
        table.add_column("votes", justify="right")
        if self.tally.points:
            table.add_column("points", justify="right")
        table.add_column(f"cost, {meta.currency}", justify="right")
        counts = self.tally.counts
        for index in sorted(range(len(counts)), key=lambda i: -counts[i]):
            row = self._project(index)
            cells = ["[green]won[/green]" if row["selected"] else "", row["name"], str(row["votes"])]
            if self.tally.points:
                cells.append(str(row["score"]))
            table.add_row(*cells, self._money(row["cost"]))
        return table

    def _caption(self) -> str:
        spent, total = self._money(self.spent), self._money(self.plan.file.meta.budget_minor)
        rule = self.plan.file.meta.rule_text
        known = "" if self.plan.has_our_rule else " (a rule the ledger does not have; allocated by greedy instead)"
        return f"{spent} of {total} {self.plan.file.meta.currency} given out; rule {rule}{known}"

    def summary_table(self) -> Table:
        """What a person wants to know, a line each."""
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, text in self._summary():
            table.add_row(name, text)
        return table

    def _summary(self) -> Sequence[tuple[str, str]]:
        count = len(self.plan.file.votes)
        currency = self.plan.file.meta.currency
        refused = f", {len(self.refused)} refused" if self.refused else ""
        rate = count / max(self.seconds, 0.001)
        winners = {True: "the official ones", False: "NOT the official ones", None: "the file names none to compare"}
        official = "equal the official ones" if self.has_equal_counts else "DIFFER from the official ones"
        return (
            ("turnout", f"{self.tally.turnout} of {count} seats{refused}"),
            ("counts", f"{official}, and were counted a second time from the raw ballots"),
            ("winners", f"{len(self.selected)} projects: {winners[self.winners_equal]}"),
            ("money", f"{self._money(self.paid)} {currency} paid to the winners, each payment with its evidence"),
            ("receipts", f"{self.receipts_valid} of {self.receipts_checked} checked receipts prove their ballot"),
            ("head", f"block {self.head.number}, {to_hex(self.head.hash)}"),
            (
                "time",
                f"{self.seconds:.1f} s, {rate:.0f} ballots/s, {self.peak_rss_mib:.0f} MiB at most",
            ),
        )

    def _money(self, minor: int) -> str:
        exponent = self.plan.file.meta.exponent
        whole, rest = divmod(minor, 10**exponent)
        return f"{whole:,}".replace(",", " ") + (f".{rest:0{exponent}d}" if exponent else "")
