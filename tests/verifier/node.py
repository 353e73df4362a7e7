"""The second verifier, run by Node. Skips where it is missing, fails in CI."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.engines import is_ci
from tests.paths import REPOSITORY

VERIFIER = REPOSITORY / "verifier"
PAGE = VERIFIER / "receipt.html"
MANY = Path(__file__).with_name("many.mjs")
TIMEOUT_S = 300


def _missing(reason: str) -> None:
    if is_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def node_program() -> str:
    """`$ORTAQ_NODE`, else the one on the path, with the verifier's packages beside it."""
    named = os.environ.get("ORTAQ_NODE")
    found = named or shutil.which("node")
    if found is None:
        _missing("node is missing; install Node 20.19 or later, then: make verifier (or name one in ORTAQ_NODE)")
    if not (VERIFIER / "node_modules").is_dir() or not PAGE.is_file():
        _missing("the second verifier is not installed; install it with: make verifier")
    return str(found)


def run_verifier(*arguments: object, heap_mib: int = 2048) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of the command."""
    command = [node_program(), f"--max-old-space-size={heap_mib}", str(VERIFIER / "cli.js"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    return done.returncode, done.stdout, done.stderr


def ask_many(questions: Iterable[dict[str, Any]]) -> list[Any]:
    """Answers of one process to many questions (many.mjs), in their order."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(
        [node_program(), str(MANY)], input=lines, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
