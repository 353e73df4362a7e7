"""Writes docs/guide/commands.md from the commands' own help: `python -m scripts.guide`."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from scripts.cli import NOUNS, make_app

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "guide" / "commands.md"
MARKUP = re.compile(r"(?<!\\)\[/?[a-z ]+\]")
HEAD = """# Commands

`ortaq NOUN VERB`. Written from each command's own help by `python -m scripts.guide`; `--help` says the same.

A LEDGER is a directory or the URL of a node; `$ORTAQ_LEDGER` names it once for all commands. Commands that write need
the directory: they go through the node that runs on it, or open it themselves. `--json` prints one JSON object on
standard output, `--quiet` nothing but errors. Errors are RFC 9457 objects with a stable `type`, the same as in the
API. Money in JSON is in minor units.

Exit codes: 0 done, 1 a check differs, 2 bad input and nothing was written, 3 cannot be checked, 70 a fault of the
program, 130 interrupted. `ORTAQ_DEBUG=1` shows where a fault lies. `ortaq --install-completion` completes words in
your shell.
"""


def write_guide() -> str:
    """The whole guide as text."""
    root: Any = typer.main.get_command(make_app())
    parts = [HEAD]
    for panel, nouns in NOUNS.items():
        known = [noun for noun in nouns if noun in root.commands]
        if known:
            parts.append(f"\n## {panel}\n")
        for noun in known:
            parts += [_section(name, command) for name, command in _leaves(f"ortaq {noun}", root.commands[noun])]
    return "\n".join(parts)


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for verb, inner in command.commands.items():
            yield from _leaves(f"{name} {verb}", inner)
    else:
        yield name, command


def _section(name: str, command: Any) -> str:
    lines = [f"### {name}", "", _text(command.help or ""), ""]
    lines += [f"- {_names(parameter)}: {parameter.help or ''}{_default(parameter)}" for parameter in command.params]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """The help without markup; indented lines become a block of code."""
    plain = MARKUP.sub(lambda found: "**" if "bold" in found.group() else "", text).replace("\\[", "[")
    out: list[str] = []
    is_code = False
    for line in plain.split("\n"):
        starts = line.startswith("  ")
        if starts != is_code and (starts or line.strip()):
            out.append("```")
            is_code = starts
        out.append(line.removeprefix("  ") if is_code else line)
    return "\n".join([*out, "```"] if is_code else out).replace("\n\n```\n\n", "\n\n```\n")


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return f"{names} `{parameter.metavar}`" if parameter.metavar else names


def _default(parameter: Any) -> str:
    notes = ["required"] if parameter.required and parameter.param_type_name == "option" else []
    if parameter.envvar:
        notes.append(f"`${parameter.envvar}`")
    if isinstance(parameter.default, str | int) and not isinstance(parameter.default, bool):
        notes.append(f"by default {parameter.default}")
    return f" ({', '.join(notes)})" if notes else ""


def main() -> int:
    """Write the guide anew."""
    GUIDE.parent.mkdir(parents=True, exist_ok=True)
    GUIDE.write_text(write_guide(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
