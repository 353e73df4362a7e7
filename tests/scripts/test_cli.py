"""The command line as a whole: how it ends, what its help says, what it costs to start."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ledger.errors import BadInputError, CannotCheckError, CheckFailedError
from scripts import cli
from scripts.cli import NOUNS, main, make_app
from scripts.guide import GUIDE, write_guide
from tests.paths import REPOSITORY

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_words(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = capsys.readouterr()
        return code, out, err

    return run_words


def failing(error: BaseException) -> Callable[[], Any]:
    def make() -> Any:
        app = typer.Typer()

        @app.command()
        def fail(as_json: bool = typer.Option(False, "--json")) -> None:
            raise error

        return app

    return make


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInputError("the field: 3, expected 4"), 2),
        (CheckFailedError("the sum: 3, expected 4"), 1),
        (CannotCheckError("no anchor"), 3),
        (FileNotFoundError(2, "No such file or directory", "there"), 2),
        (PermissionError(13, "Permission denied", "there"), 2),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (typer.Exit(3), 3),
    ],
)
def test_main__error_of_a_command__gives_its_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    monkeypatch.setattr(cli, "make_app", failing(error))
    found, out, err = run()
    assert (found, out) == (code, "")
    if isinstance(error, BadInputError | OSError):
        assert err.count("\n") == 1
        assert err.startswith("ortaq: ")


def test_main__error_under_json__is_one_problem_object(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "make_app", failing(BadInputError("seat: 9, expected 0 to 8", seat=9)))
    code, out, err = run("--json")
    problem = {"type": "bad-input", "title": "Bad input", "detail": "seat: 9, expected 0 to 8", "seat": 9}
    assert (code, json.loads(out), err) == (2, problem, "")


def test_main__fault_of_the_program__is_one_line_and_says_how_to_see_more(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "make_app", failing(RuntimeError("no such luck")))
    monkeypatch.delenv("ORTAQ_DEBUG", raising=False)
    code, out, err = run()
    assert (code, out) == (70, "")
    assert err.count("\n") == 1
    assert "no such luck" in err
    assert "ORTAQ_DEBUG=1" in err
    monkeypatch.setenv("ORTAQ_DEBUG", "1")
    assert "Traceback" in run()[2]
    assert json.loads(run("--json")[1])["type"] == "internal"


@pytest.mark.parametrize(
    "words", [["frob"], ["vote", "frob"], ["init"], ["vote", "show", "--frob"], ["vote", "show", "zero"], ["vote"]]
)
def test_main__mistake_in_the_words__exits_2_in_the_same_shape(run: Run, words: list[str]) -> None:
    code, out, err = run(*words)
    assert code == 2
    if words != ["vote"]:
        assert out == ""
        assert err.startswith("ortaq: ")
        assert err.endswith("[usage]\n")
        assert "--help" in err
        _, out, err = run(*words, "--json")
        assert json.loads(out)["type"] == "usage"
        assert err == ""


def test_main__version__is_that_of_the_package(run: Run) -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("ortaq ")
    assert out.strip() != "ortaq"


def leaves(name: str, command: Any) -> list[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        return [(name, command)]
    return [leaf for verb, inner in command.commands.items() for leaf in leaves(f"{name} {verb}", inner)]


COMMANDS = dict(leaves("", typer.main.get_command(make_app())))


def test_commands__all_of_this_release__are_there() -> None:
    expected = (
        "init|keys new|keys list|keys show|keys rotate|succession propose|succession sign|succession complete|"
        "config show|config check|node keys|node join|node snapshot|node start|node status|network up|"
        "network down|network status|engines|serve|roll import|roll show|vote open|vote show|vote result|"
        "vote close|vote execute|ballot make|ballot send|ballot cast|evidence add|evidence get|evidence check|"
        "demo|replay|receipt make|receipt page|verify|export bundle|audit|trace|watch"
    )
    assert {name.strip() for name in COMMANDS} == set(expected.split("|"))
    assert {name.split()[0] for name in COMMANDS} == {noun for nouns in NOUNS.values() for noun in nouns}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help__of_each_command__teaches_by_example(run: Run, name: str) -> None:
    code, _, _ = run(*name.split(), "--help")
    assert code == 0
    text = COMMANDS[name].help
    assert f"\n  ortaq {name.strip()}" in text
    assert all(parameter.help for parameter in COMMANDS[name].params)
    assert {"--json", "--quiet"} <= {option for parameter in COMMANDS[name].params for option in parameter.opts}


def examples() -> list[str]:
    lines = [line.strip() for command in COMMANDS.values() for line in command.help.split("\n")]
    return [line for line in lines if line.startswith("ortaq ")]


@pytest.mark.parametrize("line", examples())
def test_help__each_example__is_a_command_line_that_parses(line: str) -> None:
    import shlex

    words = shlex.split(line.split(" | ", maxsplit=1)[0].split(" > ", maxsplit=1)[0])[1:]
    name = next(name for name in sorted(COMMANDS, key=len, reverse=True) if words[: len(name.split())] == name.split())
    context = COMMANDS[name].make_context(name, words[len(name.split()) :], resilient_parsing=False)
    assert context.params is not None


def test_guide__written_file__is_what_the_help_says() -> None:
    assert GUIDE.read_text(encoding="utf-8") == write_guide(), "run: python -m scripts.guide"


def test_completion__words_of_a_noun__are_offered() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "scripts.cli"],
        cwd=REPOSITORY,
        env={
            "PATH": "/usr/bin:/bin",
            "_ORTAQ_COMPLETE": "complete_bash",
            "COMP_WORDS": "ortaq vo",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.stdout.split() == ["vote"]


def test_start__help_of_everything__imports_no_engine() -> None:
    code = (
        "import sys; from scripts.cli import main; main(['vote', 'open', '--help']); "
        "bad = {'eth', 'lmdb', 'fastapi', 'eth_account'} & set(sys.modules); sys.exit(1 if bad else 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, timeout=60, check=False)
    assert found.returncode == 0


def test_module__as_a_script__hands_on_the_exit_code(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "scripts.cli", "vote", "show", "--ledger", str(tmp_path), "--json"]
    found = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 2
    assert json.loads(found.stdout)["type"] == "no-ledger"
