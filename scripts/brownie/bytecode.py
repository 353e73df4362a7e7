"""The bytecode of each contract, ours beside Brownie's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import CheckFailedError


class BytecodeDiffersError(CheckFailedError):
    """Brownie and `make contracts` disagree about a contract.

    Shape   `facts["contracts"]`: for each contract that differs, in what.
    """

    type = "bytecode-differs"


@dataclass(frozen=True)
class Bytecode:
    """What creates a contract, and what then stands on chain; hex in lower case without 0x."""

    creation: str
    runtime: str

    @property
    def size(self) -> int:
        """Length on chain, in bytes, immutables not counted."""
        return len(self.runtime) // 2


def _bare(text: str) -> str:
    return text.lower().removeprefix("0x")


def _load(folder: Path, creation: str, runtime: str) -> dict[str, Bytecode]:
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    return {name: Bytecode(_bare(file[creation]), _bare(file[runtime])) for name, file in files.items()}


def load_artifacts(folder: Path) -> dict[str, Bytecode]:
    """Read the files of `make contracts`, by contract name."""
    return _load(folder, "bytecode", "runtime")


def load_brownie_build(folder: Path) -> dict[str, Bytecode]:
    """Read Brownie's build files (build/contracts), by contract name."""
    return _load(folder, "bytecode", "deployedBytecode")


def _difference(ours: Bytecode | None, brownies: Bytecode | None) -> str:
    if ours is None:
        return "not in the artifacts"
    if brownies is None:
        return "not compiled by Brownie"
    part = "runtime" if ours.runtime != brownies.runtime else "creation"
    return f"{part} code: {ours.size} bytes on chain in the artifacts, {brownies.size} from Brownie"


def validate_same(ours: Mapping[str, Bytecode], brownies: Mapping[str, Bytecode]) -> None:
    """Both must hold the same contracts with the same creation and runtime code.

    Errors  BytecodeDiffersError names every contract that differs.
    """
    names = sorted(ours.keys() | brownies.keys())
    differing = {n: _difference(ours.get(n), brownies.get(n)) for n in names if ours.get(n) != brownies.get(n)}
    if differing:
        listed = "; ".join(f"{name}: {text}" for name, text in differing.items())
        raise BytecodeDiffersError(f"bytecode: {len(differing)} of {len(names)} differ: {listed}", contracts=differing)
