"""Compile the contracts into ledger/artifacts: `python -m scripts.contracts.build [NAME ...]`, or `make contracts`."""

import hashlib
import json
import sys
import sysconfig
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any

import vyper  # type: ignore[import-untyped]
from vyper.compiler import compile_from_file_input  # type: ignore[import-untyped]
from vyper.compiler.input_bundle import CompilerInput, FilesystemInputBundle  # type: ignore[import-untyped]
from vyper.compiler.settings import OptimizationLevel, Settings  # type: ignore[import-untyped]
from vyper.exceptions import VyperException  # type: ignore[import-untyped]

from ledger.errors import BadInputError, CheckFailedError

REPOSITORY = Path(__file__).resolve().parents[2]
ARTIFACTS = REPOSITORY / "ledger" / "artifacts"
PACKAGES = Path(sysconfig.get_paths()["purelib"])
EVM_VERSION = "cancun"
SIZE_LIMIT = 24_576
"""EIP-170, in bytes of runtime code with its immutables."""
FORMATS = ("abi", "bytecode", "bytecode_runtime", "method_identifiers", "layout")


class UnknownContractError(BadInputError):
    """There is no contract of this name under contracts/."""

    type = "unknown-contract"


class ContractTooLargeError(CheckFailedError):
    """A contract's runtime code is over EIP-170's limit."""

    type = "contract-too-large"


class _Sources(FilesystemInputBundle):  # type: ignore[misc]  # vyper has no types
    """The import roots of the project; notes every file that the compiler took from them."""

    def __init__(self) -> None:
        super().__init__([PACKAGES, REPOSITORY])
        self.taken: dict[str, str] = {}

    def _load_from_path(self, resolved_path: Path, original_path: PurePath) -> CompilerInput:
        loaded = super()._load_from_path(resolved_path, original_path)
        root = next((r for r in (PACKAGES, REPOSITORY) if resolved_path.is_relative_to(r)), None)
        if root is not None:
            self.taken[resolved_path.relative_to(root).as_posix()] = hashlib.sha256(
                resolved_path.read_bytes()
            ).hexdigest()
        return loaded


def contract_files() -> dict[str, Path]:
    """The contracts by name: files that begin with a capital; the others are modules."""
    files = sorted((REPOSITORY / "contracts").glob("**/*.vy"))
    return {path.stem: path for path in files if path.stem[:1].isupper()}


def compile_contract(path: Path) -> dict[str, Any]:
    """Compile one contract to what its artifact holds.

    Shape   `abi`; `methods`: selectors by signature; `storage`: slot and type by variable (modules nest); `immutables`:
            place in the runtime code's data; `bytecode` creates, `runtime` stands on chain (without immutables);
            `sources`: sha256 of every file compiled, the compiler's own interfaces excepted.
    Errors  ContractTooLargeError; Vyper's own exceptions for bad source.
    """
    sources = _Sources()
    settings = Settings(evm_version=EVM_VERSION, optimize=None)
    with warnings.catch_warnings():
        # Arrays that span fixed parts of the storage are this ledger's way to slots that a stranger can compute.
        warnings.filterwarnings("ignore", message="Use of large arrays can be unsafe")
        output = compile_from_file_input(
            sources.load_file(path.relative_to(REPOSITORY)), sources, settings, output_formats=FORMATS
        )
    layout = output["layout"]
    validate_size(path.stem, output["bytecode_runtime"], layout.get("code_layout", {}))
    return {
        "name": path.stem,
        "source": path.relative_to(REPOSITORY).as_posix(),
        "compiler": {
            "name": "vyper",
            "version": vyper.__long_version__,
            "evm_version": EVM_VERSION,
            "optimize": _optimization(path),
        },
        "sources": dict(sorted(sources.taken.items())),
        "abi": output["abi"],
        "methods": output["method_identifiers"],
        "storage": _places(layout.get("storage_layout", {}), "slot"),
        "transient": _places(layout.get("transient_storage_layout", {}), "slot"),
        "immutables": _places(layout.get("code_layout", {}), "offset"),
        "bytecode": output["bytecode"],
        "runtime": output["bytecode_runtime"],
    }


def _optimization(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    pragmas = [line.split()[-1] for line in lines if line.replace(" ", "").startswith("#pragmaoptimize")]
    return str(OptimizationLevel.from_string(pragmas[0]) if pragmas else OptimizationLevel.default())


def _places(layout: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Keep place and type of each variable; places as hex, since JSON readers round large numbers."""
    return {
        name: {key: hex(entry[key]), "type": entry["type"]} if key in entry else _places(entry, key)
        for name, entry in layout.items()
    }


def _immutable_bytes(layout: Mapping[str, Any]) -> int:
    return sum(e["length"] if "length" in e else _immutable_bytes(e) for e in layout.values())


def validate_size(name: str, runtime: str, immutables: Mapping[str, Any]) -> None:
    """Errors  ContractTooLargeError if the code that stands on chain is over `SIZE_LIMIT`."""
    size = (len(runtime) - 2) // 2 + _immutable_bytes(immutables)
    if size > SIZE_LIMIT:
        raise ContractTooLargeError(
            f"{name}: {size} bytes of runtime code, expected at most {SIZE_LIMIT}", contract=name, size=size
        )


def encode_artifact(artifact: Mapping[str, Any]) -> str:
    """The artifact's file, the same on every machine."""
    return json.dumps(artifact, indent=1, sort_keys=False) + "\n"


def build(names: Iterable[str] = ()) -> list[str]:
    """Write the artifacts of the named contracts, or of all. Result: one line for each.

    Errors  UnknownContractError.
    """
    files = contract_files()
    named = list(names)
    for name in named:
        if name not in files:
            raise UnknownContractError(f"contract: found {name}, expected one of {', '.join(files)}", contract=name)
    ARTIFACTS.mkdir(exist_ok=True)
    lines = []
    for name in named or files:
        artifact = compile_contract(files[name])
        (ARTIFACTS / f"{name}.json").write_text(encode_artifact(artifact), encoding="utf-8")
        lines.append(f"{name}: {(len(artifact['runtime']) - 2) // 2} bytes")
    if not named:
        for stale in ARTIFACTS.glob("*.json"):
            if stale.stem not in files:
                stale.unlink()
    return lines


def main() -> int:
    """Compile what the command line names."""
    try:
        lines = build(sys.argv[1:])
    except UnknownContractError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 2
    except (VyperException, ContractTooLargeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
