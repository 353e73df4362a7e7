"""Where the separately built engines stand. Tests that need one carry `@pytest.mark.engine`."""

import os
from pathlib import Path

import pytest

ENGINES = Path.home() / ".cache" / "ortaq" / "engines"


def _binary(variable: str, name: str, target: str) -> Path:
    """CI builds it, so that its absence there is a failure and not a skip."""
    named = os.environ.get(variable)
    binary = Path(named) if named else ENGINES / name
    if os.access(binary, os.X_OK) and binary.is_file():
        return binary
    reason = f"{binary} is missing; build it with: make {target} (or name one in {variable})"
    if named or is_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def is_ci() -> bool:
    """True under CI, where nothing that CI sets up may be skipped."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def kubo_binary() -> Path:
    """Kubo's `ipfs`: `$ORTAQ_KUBO`, else what `make engine-kubo` built; skips without it, fails in CI."""
    return _binary("ORTAQ_KUBO", "ipfs", "engine-kubo")


def geth_binary() -> Path:
    """`geth`: `$ORTAQ_GETH`, else what `make engine-geth` built; skips without it, fails in CI."""
    return _binary("ORTAQ_GETH", "geth", "engine-geth")


def cometbft_binary() -> Path:
    """`cometbft`: `$ORTAQ_COMETBFT`, else what `make engine-cometbft` built; skips without it, fails in CI."""
    return _binary("ORTAQ_COMETBFT", "cometbft", "engine-cometbft")
