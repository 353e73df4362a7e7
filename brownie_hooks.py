"""Let Brownie 1.22 compile the contracts where they stand (docs/adr/0002-brownie.md).

Brownie loads this file by its name before it reads the sources. It hands Vyper one standard-JSON input that holds only
the `.vy` files under contracts/, takes each of them for a contract, and expects the source maps of Vyper 0.3. What
stands below widens exactly that. The bytecode is Vyper's own and stays the same, byte for byte.
"""

import sysconfig
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from vyper.cli import vyper_json
from vyper.compiler.input_bundle import CompilerInput, JSONInputBundle

IMPORT_ROOTS = (Path(__file__).resolve().parent, Path(sysconfig.get_paths()["purelib"]))

_formats_of_all = vyper_json.get_output_formats
_output_with_rich_maps = vyper_json.format_to_output_dict


class ProjectBundle(JSONInputBundle):
    """Brownie's sources, then what they import from the repository and the installed packages (`.vyi`, snekmate)."""

    def _load_from_path(self, resolved_path: PurePath, original_path: PurePath) -> CompilerInput:
        if resolved_path not in self.input_json:
            found = next((f for root in IMPORT_ROOTS if (f := root / resolved_path).is_file()), None)
            if found is not None:
                self.input_json[resolved_path] = {"content": found.read_text(encoding="utf-8")}
        return super()._load_from_path(resolved_path, original_path)


def contract_formats(request: dict[str, Any]) -> dict[PurePath, list[str]]:
    """The outputs asked of each contract; modules, whose files begin in lower case, are compiled with their users."""
    return {path: formats for path, formats in _formats_of_all(request).items() if path.stem[:1].isupper()}


def _text_map(rich_map: Mapping[str, Any], own: str) -> str:
    """Keep the places in source `own`: Brownie would look up those of an imported module in the contract's file."""
    entries = (entry.split(":") for entry in rich_map["pc_pos_map_compressed"].split(";"))
    return ";".join(":".join(e if e[2] == own else ["-1", "-1", "-1", *e[3:]]) for e in entries)


def output_with_text_maps(compiled: Mapping[PurePath, Any]) -> dict[str, Any]:
    """Vyper's standard output with source maps as text, the only form that Brownie's published build accepts."""
    output: dict[str, Any] = _output_with_rich_maps(compiled)
    for path, contracts in output["contracts"].items():
        own = str(output["sources"][path]["id"])
        for contract in contracts.values():
            for code in contract["evm"].values():
                if "sourceMap" in code:
                    code["sourceMap"] = _text_map(code["sourceMap"], own)
    return output


vyper_json.JSONInputBundle = ProjectBundle
vyper_json.get_output_formats = contract_formats
vyper_json.format_to_output_dict = output_with_text_maps
