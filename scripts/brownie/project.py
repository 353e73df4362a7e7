"""A folder that Brownie compiles: brownie-config.yaml, brownie_hooks.py and contracts/."""

import os
import subprocess
from pathlib import Path

from ledger.errors import CheckFailedError
from scripts.brownie.environment import validate_environment

BUILD_LIMIT_S = 900


class BrownieCompileError(CheckFailedError):
    """Brownie did not compile the contracts."""

    type = "brownie-compile"


def compile_project(project: Path, environment: Path) -> Path:
    """Have Brownie compile all contracts of `project` anew. Result: the folder of its build files, one per contract.

    Errors  BrownieMissingError without an environment; BrownieCompileError with Brownie's own words.
    """
    validate_environment(environment)
    # Brownie keeps its state in the home directory: give it one beside its environment, never the user's.
    home = environment / "home"
    home.mkdir(exist_ok=True)
    # A PYTHONPATH of ours would lead Brownie to packages that its lock does not hold.
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603
        [str(environment / "bin" / "brownie"), "compile", "--all"],
        cwd=project,
        env={**variables, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_LIMIT_S,
    )
    if done.returncode != 0:
        raise BrownieCompileError(
            f"brownie compile: ended with {done.returncode}, expected 0:\n{done.stdout}{done.stderr}",
            exit_code=done.returncode,
        )
    return project / "build" / "contracts"
