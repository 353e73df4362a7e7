"""The founding validators for people: what each organisation handed in, to be compared with what was founded."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from ledger.access.validators import Validator


def describe_founders(founders: Sequence[Validator], own: bytes) -> list[dict[str, Any]]:
    """Shape   `own`: this node's key."""
    return [
        {
            "organisation": row.organisation_name,
            "power": row.power,
            "key": row.key.hex(),
            "endpoint": row.endpoint,
            "own": row.key == own,
        }
        for row in founders
    ]


def founders_table(rows: Sequence[dict[str, Any]]) -> Table:
    """One line a validator."""
    table = Table(
        "organisation",
        "power",
        Column("key", overflow="fold"),
        Column("endpoint", overflow="fold"),
        "",
        title="founding validators",
    )
    for row in rows:
        names = (escape(row["organisation"]), str(row["power"]), row["key"], escape(row["endpoint"]))
        table.add_row(*names, "this node" if row["own"] else "")
    return table
