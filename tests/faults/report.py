"""The table of faults: how often each was tried, and what came of it."""

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.trial import Run

COLUMNS = ("fault", "times", "acknowledged", "counted", "progress, worst s", "all back, median s", "worst s")


def rows_of(runs: Sequence[Run]) -> list[dict]:
    """One row a fault, in the order in which they were tried first."""
    by_fault: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_fault[run.fault].append(run)
    return [
        {
            "fault": fault,
            "times": len(of_fault),
            "acknowledged": sum(run.acknowledged for run in of_fault),
            "counted": sum(run.counted for run in of_fault),
            "progress_worst_s": max(run.progress_s for run in of_fault),
            "recovery_median_s": round(statistics.median(run.recovery_s for run in of_fault), 1),
            "recovery_worst_s": max(run.recovery_s for run in of_fault),
        }
        for fault, of_fault in by_fault.items()
    ]


def print_report(runs: Sequence[Run], console: Console) -> None:
    table = Table(*COLUMNS, title="faults survived by a network of validators", title_justify="left")
    for row in rows_of(runs):
        table.add_row(*(str(cell) for cell in row.values()))
    console.print(table)


def save_report(runs: Sequence[Run], path: Path) -> None:
    record = {"faults": rows_of(runs), "runs": [asdict(run) for run in runs]}
    path.write_text(json.dumps(record, indent=1) + "\n")
