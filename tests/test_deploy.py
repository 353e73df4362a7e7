"""Unit file and container file, which nothing here can run: all that they name exists, and versions agree."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from node.engines import ENGINES
from scripts.cli import make_app
from scripts.founding.settings import Settings
from tests.paths import REPOSITORY

UNIT = REPOSITORY / "deploy" / "ortaq-node.service"
CONTAINER = REPOSITORY / "deploy" / "Containerfile"
HOME = "/opt/ortaq"
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
BASES = ("RUN", "COPY", "FROM", "ENV", "CMD", "ENTRYPOINT", "USER", "VOLUME", "EXPOSE", "WORKDIR", "STOPSIGNAL")


def instructions() -> list[tuple[str, str]]:
    """The container file's instructions, in order; lines that go on are joined."""
    text = re.sub(r"\\\n", " ", CONTAINER.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in lines]
    assert {name for name, _ in found} <= set(BASES), found
    return found


def of_kind(kind: str) -> list[str]:
    return [words for name, words in instructions() if name == kind]


def unit_settings() -> dict[str, list[str]]:
    """Values by `Section.Key`; a key may stand several times."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in UNIT.read_text().splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif line and not line.startswith("#"):
            name, mark, value = line.partition("=")
            assert mark, line
            found.setdefault(f"{section}.{name}", []).append(value)
    return found


def assert_command(words: list[str]) -> None:
    """Assert that the words after `ortaq` call a command with options that it has."""
    command: Any = typer.main.get_command(make_app())
    rest = list(words)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    options = {name for one in command.params for name in one.opts if name.startswith("-")}
    assert {word for word in rest if word.startswith("-")} <= options, words


def assert_variables(names: list[str]) -> None:
    known = {f"ORTAQ_{name.upper()}" for name in Settings.model_fields} | {engine.variable for engine in ENGINES}
    assert set(names) <= known | {"ORTAQ_LEDGER"}


def make_variable(name: str) -> str:
    """What a comment of the unit gives to make."""
    found = re.search(rf"{name}=(\S+)", UNIT.read_text().partition("[Unit]")[0])
    assert found is not None
    return found[1]


def test_unit__command_variables_and_programs__are_the_projects() -> None:
    found = unit_settings()
    (start,) = found["Service.ExecStart"]
    program, *words = shlex.split(start)
    assert program == f"{HOME}/.venv/bin/ortaq"
    assert "ortaq" in PROJECT["project"]["scripts"]
    assert_command(words)
    pairs = [pair.partition("=") for value in found["Service.Environment"] for pair in value.split()]
    assert_variables([name for name, _, _ in pairs])
    paths = {name: value for name, _, value in pairs}
    for engine in ENGINES:
        if engine.variable in paths:
            assert paths[engine.variable] == f"{make_variable('ENGINES')}/{engine.binary}"
            assert f"\n{engine.target}:" in (REPOSITORY / "Makefile").read_text()
            assert engine.target in UNIT.read_text()
    (directory,) = found["Service.StateDirectory"]
    assert f"/var/lib/{directory}" in words[-1]
    assert found["Service.ReadWritePaths"] == [f"/var/lib/{directory}"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_unit__read_by_systemd__has_nothing_to_complain_of(tmp_path: Path) -> None:
    unit = tmp_path / "ortaq-node@.service"
    # The program stands where the operator puts it: systemd looks whether there is one.
    unit.write_text(UNIT.read_text().replace(f"{HOME}/.venv/bin/ortaq", sys.executable))
    words = ["systemd-analyze", "verify", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=mixd"))
    assert "kill mode" in subprocess.run(words, capture_output=True, text=True, check=False).stderr


def test_container__what_it_copies_and_runs__exists() -> None:
    for words in of_kind("COPY"):
        sources = [word for word in words.split()[:-1] if not word.startswith("--")]
        if "--from=engines" in words:
            assert [Path(source).name for source in sources] == ["cometbft", "geth"]
        else:
            assert all((REPOSITORY / source).exists() for source in sources), words
    runs = " && ".join(of_kind("RUN"))
    built = re.findall(r"(engines/\S+) (\S+) (\S+) (\S+) /engines", runs)
    assert [name for _, name, _, _ in built] == ["cometbft", "geth"]
    makefile = (REPOSITORY / "Makefile").read_text()
    for script, module, package, binary in built:
        assert os.access(REPOSITORY / script, os.X_OK)
        assert (REPOSITORY / "engines" / module / "go.sum").is_file()
        assert f"{script} {module} {package} {binary} " in makefile


def test_container__versions__are_those_of_the_pins() -> None:
    golang, python = (words.split()[0] for words in of_kind("FROM"))
    go = re.search(r"golang:(\d+\.\d+)-(\w+)", golang)
    assert go is not None
    for module in ("cometbft", "geth"):
        needed = re.search(r"^go (\d+\.\d+)", (REPOSITORY / "engines" / module / "go.mod").read_text(), re.MULTILINE)
        assert needed is not None
        assert go[1] == needed[1]
    used = re.search(r"python:(\d+\.\d+)-slim-(\w+)", python)
    assert used is not None
    assert PROJECT["project"]["requires-python"] == f">={used[1]}"
    assert PROJECT["tool"]["mypy"]["python_version"] == used[1]
    # Engines are linked against the C library of the first image.
    assert go[2] == used[2]


def test_container__command_variables_and_ports__are_the_projects() -> None:
    (entry,), (command,) = (
        (json.loads(words) for words in of_kind("ENTRYPOINT")),
        (json.loads(words) for words in of_kind("CMD")),
    )
    assert entry == ["ortaq"]
    assert_command(command)
    pairs = [pair.partition("=") for words in of_kind("ENV") for pair in words.split()]
    assert_variables([name for name, _, _ in pairs])
    volume = of_kind("VOLUME")
    assert volume == [{name: value for name, _, value in pairs}["ORTAQ_LEDGER"]] == [command[2]]
    defaults = Settings()
    ports = {str(defaults.http_port), defaults.p2p_listen.rpartition(":")[2]}
    assert {port for words in of_kind("EXPOSE") for port in words.split()} == ports


def test_container__folders_that_it_copies__are_all_that_the_program_needs(tmp_path: Path) -> None:
    for words in of_kind("COPY")[1:]:
        for source in (word for word in words.split()[:-1] if not word.startswith(("--", "/"))):
            place = REPOSITORY / source
            if place.is_dir():
                shutil.copytree(place, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(place, tmp_path / source)
    code = "import sys, scripts.cli; print(scripts.__file__); sys.exit(scripts.cli.main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "init", "town", "--constitution", "replay", "--json"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    origin, facts = done.stdout.splitlines()
    assert Path(origin).is_relative_to(tmp_path)
    assert json.loads(facts)["rehearsal"] is True
