"""Brownie's own environment, made from requirements.lock and kept outside the tree.

eth-brownie pins nearly every package that it needs, web3 among them: it cannot share the project's environment.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from ledger.errors import CannotCheckError

LOCK = Path(__file__).with_name("requirements.lock")
# The one package of the lock that is published as source only; everything else must be a wheel.
SOURCE_ONLY = "pygments-lexer-solidity"
STAMP = ".lock-sha256"


class BrownieMissingError(CannotCheckError):
    """Brownie's environment was not made, or was made from another lock."""

    type = "brownie-missing"


class BrownieSetupError(CannotCheckError):
    """Brownie's environment could not be made."""

    type = "brownie-setup"


def environment_dir() -> Path:
    """Where the environment stands: `$ORTAQ_BROWNIE`, by default ~/.cache/ortaq/brownie."""
    return Path(os.environ.get("ORTAQ_BROWNIE") or Path.home() / ".cache" / "ortaq" / "brownie")


def _lock_digest() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def is_ready(folder: Path) -> bool:
    """Whether `folder` holds all packages of the present lock."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text() == _lock_digest() and (folder / "bin" / "brownie").is_file()


def validate_environment(folder: Path) -> None:
    """Errors  BrownieMissingError when `folder` does not hold the present lock."""
    if not is_ready(folder):
        raise BrownieMissingError(
            f"environment: {folder} does not hold Brownie as {LOCK.name} wants it; run: make brownie",
            folder=str(folder),
        )


def _run_uv(folder: Path, *arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("uv")), *arguments]
    environment = {**os.environ, "VIRTUAL_ENV": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BrownieSetupError(
            f"environment: uv {arguments[0]} ended with {done.returncode}, expected 0: {done.stderr.strip()}",
            folder=str(folder),
            exit_code=done.returncode,
        )


def make_environment(folder: Path) -> bool:
    """Install the lock into `folder`, every file checked against its hash. Result: False if it stood there already.

    Errors  BrownieSetupError with what uv said, and for a folder that holds something else, which is left alone.
    """
    if is_ready(folder):
        return False
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").is_file():
        raise BrownieSetupError(
            f"environment: {folder} holds other files, expected an empty folder or a Python environment",
            folder=str(folder),
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run_uv(folder, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    wheels = ("--only-binary", ":all:", "--no-binary", SOURCE_ONLY)
    _run_uv(folder, "pip", "install", "--quiet", "--require-hashes", *wheels, "--requirements", str(LOCK))
    (folder / STAMP).write_text(_lock_digest())
    return True
