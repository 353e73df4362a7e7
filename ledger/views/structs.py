"""Structs that contracts answer with, by the names of their members."""

from functools import cache
from typing import Any

from ledger.artifacts import load_artifact
from ledger.ports import StateView
from ledger.primitives import Address
from ledger.reading import read
from ledger.system import SystemContract


def read_struct(
    state: StateView, of: SystemContract, entry: str, *arguments: Any, at: Address | None = None
) -> dict[str, Any]:
    """Call a view of a system contract that answers with one struct, or with several named values.

    Errors  CallRevertedError.
    """
    values = read(state, of, entry, *arguments, at=at)
    names = _output_names(of.contract_name, entry)
    if len(values) == 1 and isinstance(values[0], tuple):
        values = values[0]
    return dict(zip(names, values, strict=True))


@cache
def _output_names(contract_name: str, entry: str) -> tuple[str, ...]:
    for item in load_artifact(contract_name)["abi"]:
        if item["type"] == "function" and item["name"] == entry:
            outputs = item["outputs"]
            if len(outputs) == 1 and outputs[0]["type"] == "tuple":
                outputs = outputs[0]["components"]
            return tuple(field["name"] for field in outputs)
    raise KeyError(entry)
