"""The tree keeps the rules that it states: sizes, names, nothing of anybody's machine."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

PACKAGES = ("ledger", "node", "api", "scripts")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
# Made by programs, or given as they are.
DATA_SUFFIXES = (".json", ".lock", ".sum", ".pb", ".png", ".svg", ".gz")
MADE = {Path("docs/guide/commands.md"), Path("ledger/proofs/receipt.html")}
THIS_FILE = Path(__file__).relative_to(REPOSITORY)

UNFINISHED = re.compile(r"\b(TODO|FIXME|HACK)\b|raise NotImplementedError")
MACHINE_PATHS = re.compile(r"(?<![\w.<>:~)}/$-])/(work|root|home/\w+|Users/\w+)/")
REGISTRY_HOSTS = re.compile(r"pypi\.org|pythonhosted|proxy\.golang|registry\.npmjs|--(extra-)?index-url|GOPROXY=")


def _tracked() -> list[Path]:
    """Files of the repository, relative to it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip(f"not a git checkout: {listed.stderr.strip()}")
    return [Path(name) for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def _texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """Tracked files that people write, with their text; all of them, or those with one of the suffixes."""
    for path in _tracked():
        if path.suffix not in DATA_SUFFIXES and (not suffixes or path.suffix in suffixes):
            yield path, (REPOSITORY / path).read_text(encoding="utf-8")


def _places(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in _texts()
        if path != THIS_FILE
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_files__written_by_people__stay_short() -> None:
    lengths = {path: text.count("\n") for path, text in _texts() if path not in MADE}
    assert not {str(path): length for path, length in lengths.items() if length > MAX_FILE_LINES}


def test_functions__in_python__stay_short() -> None:
    long = [
        f"{path}:{node.lineno}: {node.name} has {length} lines"
        for path, text in _texts(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not long


def test_modules__of_every_package__say_what_they_are_for() -> None:
    silent = [
        str(path)
        for path, text in _texts(".py")
        if path.parts[0] in (*PACKAGES, "tests", "bench") and ast.get_docstring(ast.parse(text)) is None
    ]
    assert not silent


def test_folders_with_modules__under_a_package__are_packages() -> None:
    folders = {path.parent for path in _tracked() if path.suffix == ".py" and path.parts[0] in PACKAGES}
    assert not [str(folder) for folder in folders if not (REPOSITORY / folder / "__init__.py").is_file()]


@pytest.mark.parametrize("pattern", [UNFINISHED, MACHINE_PATHS, REGISTRY_HOSTS])
def test_texts__unfinished_work_machine_paths_or_registry_hosts__are_nowhere(pattern: re.Pattern[str]) -> None:
    assert not _places(pattern)


@pytest.mark.parametrize(
    ("pattern", "line", "is_found"),
    [
        (MACHINE_PATHS, 'DATA = Path("/home/ada/votes")', True),
        (MACHINE_PATHS, "see [this](../work/notes.md) or https://example.org/home/ada/", False),
        (REGISTRY_HOSTS, "uv pip install --index-url https://mirror.example", True),
        (UNFINISHED, "# TODO: later", True),
        (UNFINISHED, "the mastodon", False),
    ],
)
def test_patterns__examples__are_told_apart(pattern: re.Pattern[str], line: str, is_found: bool) -> None:
    assert bool(pattern.search(line)) is is_found


def test_pages__named_in_code__are_in_the_documentation() -> None:
    pages = {path.name for path in _tracked() if path.suffix == ".md"}
    sources = ((path, text) for path, text in _texts(".py", ".vy", ".toml", ".html") if path.parts[0] != "tests")
    lost = [
        f"{path}: {name}" for path, text in sources for name in re.findall(r"\b[\w-]+\.md\b", text) if name not in pages
    ]
    assert not lost


def test_lock__every_package__has_a_version_and_hashes_and_no_host() -> None:
    for lock in (REPOSITORY / "requirements.lock", REPOSITORY / "scripts/brownie/requirements.lock"):
        text = lock.read_text()
        assert "://" not in text
        packages = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).strip())
        loose = [p.splitlines()[0] for p in packages if "==" not in p.splitlines()[0] or "--hash=sha256:" not in p]
        assert packages
        assert not loose


def test_lock__every_declared_dependency__stands_in_it() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", entry)[0].lower() for entry in declared}
    locked = set(re.findall(r"^([a-z0-9-]+)==", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE))
    assert not names - locked


def test_tests__file_names__are_unique() -> None:
    counts = Counter(path.name for path in _tracked() if path.match("tests/**/test_*.py"))
    assert not [name for name, count in counts.items() if count > 1]


def test_makefile__every_target__has_its_help_and_is_phony() -> None:
    text = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## \S", text, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())
    assert targets >= {"setup", "demo", "test", "check"}
    assert explained == targets == phony


def test_ci__runs_the_test_command_of_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    commands = re.findall(r"^make \w+", readme, re.MULTILINE)
    assert commands[:2] == ["make demo", "make test"]
    assert re.search(r"^make test$", (REPOSITORY / ".ci/run").read_text(), re.MULTILINE)


def test_changelog__newest_heading__is_of_the_present_version() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version
