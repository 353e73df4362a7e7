"""Finds geth and asks for its version."""

import os
import re
import subprocess
from pathlib import Path

from node.execution.geth.errors import ExecutorMissingError

VARIABLE = "ORTAQ_GETH"
TESTED_VERSIONS = ("1.17.5",)
_BUILT = Path(".cache", "ortaq", "engines", "geth")
_VERSION = re.compile(r"geth version (\d+\.\d+\.\d+)\S*")


def find_geth() -> Path:
    """`$ORTAQ_GETH`, else what `make engine-geth` built; ExecutorMissingError names what was looked for."""
    named = os.environ.get(VARIABLE)
    binary = Path(named) if named else Path.home() / _BUILT
    if not binary.is_file() or not os.access(binary, os.X_OK):
        raise ExecutorMissingError(
            f"geth: {binary} is no program; build it with `make engine-geth` or name one in {VARIABLE}"
        )
    return binary


def read_version(binary: Path) -> str:
    """The version such as `1.17.5`; ExecutorMissingError where the program does not name one."""
    try:
        shown = subprocess.run(  # noqa: S603 - the operator names the program
            [binary, "--version"], capture_output=True, text=True, errors="replace", timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExecutorMissingError(f"geth: {binary} cannot be run: {error}") from error
    found = _VERSION.search(shown.stdout)
    if found is None:
        raise ExecutorMissingError(f"geth: {binary} --version prints {shown.stdout[:80]!r}, expected geth's version")
    return found[1]
