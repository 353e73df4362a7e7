"""The documentation says what is there: links, paths, commands, settings, errors, storage slots."""

import importlib
import json
import pkgutil
import re
import shlex
from typing import Any

import pytest
import typer.main

import api
import ledger
import node
import scripts
from ledger.errors import CannotCheckError, CheckFailedError, LedgerError
from scripts.cli import NOUNS, make_app
from scripts.founding.settings import Settings
from tests.docs import Page, load_page, load_pages
from tests.paths import REPOSITORY

PAGES = load_pages()
FOLDERS = "contracts|ledger|node|api|scripts|tests|docs|bench|data|engines"
PATH = re.compile(rf"((?:{FOLDERS})/[\w./-]+?|\.ci/\w+)(?:::(\w+))?")
OTHER_DOORS = {"usage", "internal", "body-too-large", "not-found", "method-not-allowed"}
"""Errors that are no LedgerError: of the command line's and of HTTP's own grammar, and faults."""


def _name(page: Page) -> str:
    return str(page.path)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links__relative__lead_somewhere(page: Page) -> None:
    lost = []
    for link in page.links:
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (REPOSITORY / page.path).parent / path if path else REPOSITORY / page.path
        if not target.exists() or (
            anchor and anchor not in load_page(str(target.resolve().relative_to(REPOSITORY))).anchors
        ):
            lost.append(link)
    assert not lost


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_paths__named_in_the_text__exist(page: Page) -> None:
    lost = []
    for code in page.inline_code:
        if not (found := PATH.fullmatch(code)):
            continue
        path, test = REPOSITORY / found[1], found[2]
        if not path.exists() or (test and f"def {test}(" not in path.read_text()):
            lost.append(code)
    assert not lost


def test_contents__every_page__is_listed() -> None:
    listed = {link for link in load_page("docs/README.md").links if "/" in link}
    pages = {
        str(page.path.relative_to("docs"))
        for page in PAGES
        if page.path.parts[:2] in {("docs", "guide"), ("docs", "reference")}
    }
    assert pages <= listed


def _commands() -> list[Any]:
    shown = []
    for page in PAGES:
        for line in page.shell_lines:
            if line.startswith("ortaq "):
                # What a pipe leads to, where output goes and what runs beside is the shell's affair.
                words = shlex.split(re.split(r"\s[|>&;]|\s#|<<", line)[0])
                shown.append(pytest.param(words[1:], id=f"{page.path.name}: {' '.join(words)}"))
    return shown


def _find(words: list[str]) -> tuple[Any, list[str]]:
    """The command of the real command line that these words call, and what is left of them."""
    command: Any = typer.main.get_command(make_app())
    rest = list(words)
    while hasattr(command, "commands") and rest and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    return command, rest


@pytest.mark.parametrize("words", _commands())
def test_commands__shown_to_readers__are_those_of_the_program(words: list[str]) -> None:
    command, rest = _find(words)
    options = {name: p for p in command.params for name in (*p.opts, *p.secondary_opts) if name.startswith("-")}
    positional, wanted = 0, [p for p in command.params if p.param_type_name == "argument"]
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            positional += 1
            continue
        name, has_value, _ = word.partition("=")
        assert name in {*options, "--help", "-h"}, f"{name} is no option of ortaq {' '.join(words)}"
        takes_value = name in options and not options[name].is_flag
        if takes_value and not has_value:
            assert rest, f"{name} needs a value"
            rest.pop(0)
    assert not hasattr(command, "commands") or "--help" in words or not positional, "no such noun or verb"
    assert positional >= sum(p.required for p in wanted)
    assert positional <= len(wanted) or any(p.nargs == -1 for p in wanted)


def test_commands__every_noun__is_in_the_list_of_commands() -> None:
    text = load_page("docs/guide/commands.md").text
    present = [noun for nouns in NOUNS.values() for noun in nouns if f"ortaq {noun}" not in text]
    assert not present


def test_make__targets_shown_to_readers__exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    shown = {
        word
        for page in PAGES
        for code in (*page.inline_code, *page.shell_lines)
        for word in re.findall(r"^(?:\w+=\S+ )*make ([a-z-]+)", code)
    }
    assert shown
    assert not shown - targets


def test_settings__each__is_documented_with_its_default_and_variable() -> None:
    rows = {row[0].strip("`"): row for row in load_page("docs/guide/run-a-node.md").rows() if row[0].startswith("`")}
    for name, field in Settings.model_fields.items():
        assert name in rows, f"{name}: {field.description}"
        assert rows[name][1] == (f"`{field.default}`" if field.default is not None else "none")


def _import_all() -> None:
    for package in (ledger, node, api, scripts):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def _exit_code(kind: type[LedgerError]) -> int:
    if issubclass(kind, CannotCheckError):
        return 3
    return 1 if issubclass(kind, CheckFailedError) else 2


def _error_types() -> dict[str, int]:
    """Codes of all errors of the project, with their exit codes."""
    found, kinds = {}, [LedgerError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__.split(".")[0] in ("ledger", "node", "api", "scripts"):
            found[kind.type] = (
                3 if issubclass(kind, CannotCheckError) else 1 if issubclass(kind, CheckFailedError) else 2
            )
    return found


def test_errors__every_type__is_listed_with_its_exit_code() -> None:
    _import_all()
    rows = [row for row in load_page("docs/reference/errors.md").rows() if row[0].startswith("`")]
    listed = {row[0].strip("`"): row[1] for row in rows}
    expected = {code: str(number) for code, number in _error_types().items()}
    assert {code: number for code, number in listed.items() if code not in OTHER_DOORS} == expected
    assert set(listed) >= OTHER_DOORS


def _slots(storage: dict[str, Any]) -> set[int]:
    """Slots at which variables of a contract begin, those of its modules too."""
    found = set()
    for part in storage.values():
        found |= {int(part["slot"], 16)} if isinstance(part.get("slot"), str) else _slots(part)
    return found


def test_formats__slots_that_proofs_read__are_those_of_the_compiled_contracts() -> None:
    page = load_page("docs/reference/formats.md")
    stated = [(row[0], int(m[1])) for row in page.rows() if len(row) == 3 and (m := re.match(r"`2\^(\d+)\b", row[1]))]
    stated += [("Ballots", int(exponent)) for exponent in re.findall(r"`base = 2\^(\d+)", page.text)]
    assert len(stated) >= 11
    for contract, exponent in stated:
        layout = json.loads((REPOSITORY / f"ledger/artifacts/{contract}.json").read_text())["storage"]
        assert 2**exponent in _slots(layout), f"{contract}: nothing begins at slot 2^{exponent}"


def test_formats__python_beside_each_title__exists() -> None:
    titles = re.findall(r"^## .+ · (.+)$", load_page("docs/reference/formats.md").text, re.MULTILINE)
    assert titles
    for title in titles:
        first, *others = re.findall(r"`([^`]+)`", title)
        folder = (REPOSITORY / first).parent
        assert (REPOSITORY / first).is_file()
        assert all((folder / other).is_file() for other in others), title
