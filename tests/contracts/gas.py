"""Gas snapshots: what each entry costs, in golden files that change only by `pytest --gas-update`."""

import json
import os
from pathlib import Path

FOLDER = Path(__file__).parent
UPDATE_VARIABLE = "ORTAQ_GAS_UPDATE"
"""Set by the option --gas-update (tests/conftest.py)."""


def snapshot(name: str, gas: int) -> None:
    """Compare the gas of a call with the golden file, or write it there under --gas-update.

    Shape   `name`: area, slash, what was called, for example `access/Directory.install`; the file is
            `gas-<area>.json`. Equal means equal: the EVM and the compiler are pinned, so any difference is a change.
    """
    area, _, entry = name.partition("/")
    path = FOLDER / f"gas-{area}.json"
    golden: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    if os.environ.get(UPDATE_VARIABLE):
        golden[entry] = gas
        path.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")
        return
    assert entry in golden, f"{name}: no golden value; write it with: pytest --gas-update {path.parent}"
    assert gas == golden[entry], f"{name}: {gas} gas, expected {golden[entry]}; if meant: pytest --gas-update"
