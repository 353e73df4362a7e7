"""What `ortaq engines` prints."""

from typing import Any

from rich.table import Column, Table

from node.consensus.comet.process import EngineMissingError
from node.engines import ENGINES, Engine
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DONE, Output


def list_engines(output: Output) -> int:
    """Print each engine; the exit code is 3 where one is missing."""
    rows = [_describe(engine) for engine in ENGINES]
    table = Table("engine", "for", "version", "tried", Column("program", overflow="fold"), "how to get it")
    for row in rows:
        tried = "yes" if row["tested"] else f"no: {', '.join(row['tested_versions'])}" if row["found"] else ""
        table.add_row(
            row["name"],
            row["purpose"],
            row["version"] or "[red]missing[/red]",
            tried,
            row["path"],
            f"make {row['target']}",
        )
    output.result({"engines": rows}, table)
    for row in rows:
        if row["reason"]:
            output.say(row["reason"])
    return EXIT_DONE if all(row["found"] for row in rows) else EXIT_CANNOT_CHECK


def _describe(engine: Engine) -> dict[str, Any]:
    try:
        version, reason = engine.ask_version(), None
    except EngineMissingError as error:
        version, reason = None, error.detail
    return {
        "name": engine.name,
        "purpose": engine.purpose,
        "found": version is not None,
        "path": str(engine.path),
        "version": version,
        "tested": version in engine.tested,
        "tested_versions": list(engine.tested),
        "variable": engine.variable,
        "target": engine.target,
        "reason": reason,
    }
