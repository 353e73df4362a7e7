"""Settings as people look at them: each with its value and its source, and all that is wrong with them at once."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.table import Table

from scripts.founding.settings import Settings, load_settings, merged
from scripts.running.ledgers import ledger_directory
from scripts.terminal.console import Output

DEFAULT = "default"


def show_settings(ledger: str | None, output: Output) -> None:
    """Print every setting. Errors: FileFormatError for the first that is bad."""
    path = ledger_directory(ledger, "config")
    settings = load_settings(path)
    _, sources = merged(path)
    table = Table("setting", "value", "from", "meaning", title=str(path))
    facts: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        value, source = getattr(settings, name), sources.get(name, DEFAULT)
        shown = value if value is None or isinstance(value, str | int | float) else str(value)
        facts[name] = {"value": shown, "source": source}
        table.add_row(name, "" if value is None else str(value), source, field.description)
    output.result({"ledger": str(path), "settings": facts}, table)


def check_settings(ledger: str | None, output: Output) -> bool:
    """Print all that is wrong; True if nothing is."""
    path = ledger_directory(ledger, "config")
    given, sources = merged(path)
    problems = [*_invalid(given, sources), *_missing_files(given, sources)]
    table = Table("setting", "found", "from", "expected")
    for row in problems:
        table.add_row(row["setting"], row["found"], row["source"], row["expected"])
    facts = {"ledger": str(path), "ok": not problems, "problems": problems}
    output.result(facts, table if problems else f"settings of {path}: all good")
    return not problems


def _invalid(given: dict[str, Any], sources: dict[str, str]) -> list[dict[str, str]]:
    try:
        Settings(**given)
    except ValidationError as error:
        return [
            {
                "setting": (name := str(found["loc"][0])),
                "found": repr(found["input"]),
                "source": sources.get(name, DEFAULT),
                "expected": "one of " + ", ".join(Settings.model_fields)
                if found["type"] == "extra_forbidden"
                else found["msg"],
            }
            for found in error.errors(include_url=False)
        ]
    return []


def _missing_files(given: dict[str, Any], sources: dict[str, str]) -> list[dict[str, str]]:
    name = "passphrase_file"
    value = given.get(name)
    if value is None or Path(str(value)).is_file():
        return []
    return [{"setting": name, "found": repr(str(value)), "source": sources[name], "expected": "a file that is there"}]
