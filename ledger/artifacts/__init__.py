"""The compiled contracts, as package data: one JSON file each, written by `make contracts` alone."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from ledger.errors import BadInputError


class UnknownArtifactError(BadInputError):
    """No compiled contract has this name."""

    type = "unknown-artifact"


@cache
def load_artifact(name: str) -> dict[str, Any]:
    """Read one compiled contract.

    Shape   `abi`, `methods`, `storage`, `transient`, `immutables`, `bytecode` (creates), `runtime` (stands on chain,
            immutables to be appended), `compiler`, `sources`: scripts/contracts/build.py says each. Do not change it.
    Errors  UnknownArtifactError.
    """
    resource = files(__name__) / f"{name}.json"
    if not name.isidentifier() or not resource.is_file():
        raise UnknownArtifactError(f"contract: found {name!r}, expected a compiled one", contract=name)
    artifact: dict[str, Any] = json.loads(resource.read_text(encoding="utf-8"))
    return artifact
