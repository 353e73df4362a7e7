"""What commands print: for people by rich, for machines by `--json`, and nothing under `--quiet` but results."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.tree import Tree

from ledger.errors import CannotCheckError, CheckFailedError, LedgerError

FILE_WIDTH = 200
EXIT_DONE, EXIT_DIFFERS, EXIT_BAD_INPUT, EXIT_CANNOT_CHECK = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Output:
    """How one command speaks. Progress and remarks go to standard error, results to standard output."""

    as_json: bool = False
    quiet: bool = False

    @property
    def is_talkative(self) -> bool:
        return not (self.as_json or self.quiet)

    def say(self, text: str) -> None:
        """A remark for a person; silent under --json and --quiet."""
        if self.is_talkative:
            Console(stderr=True, highlight=False).print(text)

    def result(self, facts: dict[str, Any], *shown: Table | Tree | str) -> None:
        """The command's result: one JSON object, or what a person would rather look at."""
        if self.as_json:
            sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
        elif not self.quiet:
            # A file or a pipe has no width that something would have to be cut to.
            console = Console(highlight=False, width=None if sys.stdout.isatty() else FILE_WIDTH)
            for part in shown:
                # Text is not cut into lines: people copy anchors and addresses from it.
                console.print(part, soft_wrap=isinstance(part, str))

    @contextmanager
    def progress(self) -> Iterator["Steps"]:
        """Bars for long work."""
        bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not self.is_talkative,
        )
        with bars:
            yield Steps(bars)


class Steps:
    """Named steps of long work, each with a bar."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def start(self, name: str, total: int) -> None:
        self._tasks[name] = self._bars.add_task(name, total=total)

    def advance(self, name: str, by: int = 1) -> None:
        self._bars.advance(self._tasks[name], by)

    def finish(self, name: str) -> None:
        task = self._tasks[name]
        self._bars.update(task, completed=self._bars.tasks[task].total)


def problem(error: LedgerError) -> dict[str, Any]:
    """The error as RFC 9457 has it, with the facts as members."""
    title = error.type.replace("-", " ").capitalize()
    return {"type": error.type, "title": title, "detail": error.detail, **error.facts}


def exit_code(error: LedgerError) -> int:
    if isinstance(error, CannotCheckError):
        return EXIT_CANNOT_CHECK
    return EXIT_DIFFERS if isinstance(error, CheckFailedError) else EXIT_BAD_INPUT


def print_error(error: LedgerError, *, as_json: bool) -> None:
    """One line on standard error; under --json the problem object on standard output."""
    if as_json:
        sys.stdout.write(json.dumps(problem(error), ensure_ascii=False, default=str) + "\n")
    else:
        sys.stderr.write(f"ortaq: {error.detail} [{error.type}]\n")
